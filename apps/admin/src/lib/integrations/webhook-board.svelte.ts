import { uuidv7 } from '@chatiq/contracts/ids';
import type { Webhook } from '@chatiq/contracts/webhooks';
import type { FailureCode } from '#lib/inbox/failure.ts';
import { LiveList } from '#lib/lists/live-list.svelte.ts';
import type { IntegrationsApi, WebhookFields } from './integrations-api.ts';

const everyMs = 5_000;
/** As long as the notice that offers to undo it. */
const undoMs = 6_000;

/** The webhooks of one organisation. */
export class WebhookBoard extends LiveList<string, Webhook> {
	readonly #api: IntegrationsApi;
	#leaving = $state.raw<ReadonlyMap<string, ReturnType<typeof setTimeout>>>(new Map());
	/** Without those that are on their way out. */
	readonly shown = $derived(this.rows?.filter(({ id }) => !this.#leaving.has(id)) ?? null);

	constructor(api: IntegrationsApi) {
		super({
			everyMs,
			read: async (organization) => ({
				...{ rows: await api.webhooks(organization), full: false, note: null }
			})
		});
		this.#api = api;
	}

	/** Makes a webhook; its secret is shown this once. `id` is the same at every try. */
	add = (id: string, fields: WebhookFields) =>
		this.change(id, async () => {
			await this.#api.addWebhook(id, this.query ?? '', fields);
			return this.#api.secret(id);
		});

	edit = (id: string, fields: Partial<WebhookFields & { active: boolean }>) =>
		this.done(id, () => this.#api.changeWebhook(id, fields));

	/** Another secret; the one before goes on signing for a day. */
	rotate = (id: string) =>
		this.change(id, async () => {
			const { version } = await this.#api.secret(id);
			return this.#api.rotate(id, version);
		});

	test = (id: string) => this.change(id, () => this.#api.test(id, uuidv7()));

	/** Out of sight at once, gone for good when nobody takes it back. */
	remove(id: string, failed: (code: FailureCode) => void): void {
		const timer = setTimeout(() => void this.#removeNow(id, failed), undoMs);
		this.#leaving = new Map([...this.#leaving, [id, timer]]);
	}

	restore(id: string): void {
		clearTimeout(this.#leaving.get(id));
		this.#leaving = new Map([...this.#leaving].filter(([other]) => other !== id));
	}

	/** Whoever leaves the page has not taken back what was removed. */
	override connect(): () => void {
		const stop = super.connect();
		return () => {
			stop();
			for (const id of this.#leaving.keys()) void this.#removeNow(id, () => undefined);
		};
	}

	async #removeNow(id: string, failed: (code: FailureCode) => void): Promise<void> {
		clearTimeout(this.#leaving.get(id));
		const code = await this.done(id, () => this.#api.removeWebhook(id));
		this.restore(id);
		if (code) failed(code);
	}
}

import { uuidv7 } from '@chatiq/contracts/ids';
import type { RotatedSecret } from '@chatiq/contracts/team';
import type { Webhook } from '@chatiq/contracts/webhooks';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import type { IntegrationsApi, ListedDelivery, WebhookFields } from './integrations-api.ts';

const everyMs = 5_000;
/** As long as the notice that offers to undo it. */
const undoMs = 6_000;

/** The webhooks of one organisation, refreshed while somebody looks. */
export class WebhookBoard {
	organization = $state.raw('');
	failure = $state.raw<FailureCode | null>(null);
	/** Webhooks of which something is under way. */
	busy = $state.raw<ReadonlySet<string>>(new Set());
	#all = $state.raw<readonly Webhook[] | null>(null);
	#leaving = $state.raw<ReadonlyMap<string, ReturnType<typeof setTimeout>>>(new Map());
	readonly webhooks = $derived(this.#all?.filter(({ id }) => !this.#leaving.has(id)) ?? null);

	readonly #api: IntegrationsApi;

	constructor(api: IntegrationsApi) {
		this.#api = api;
	}

	async show(organization: string): Promise<void> {
		if (organization !== this.organization) this.#all = null;
		this.organization = organization;
		await this.refresh();
	}

	async refresh(): Promise<void> {
		const asked = this.organization;
		try {
			const all = await this.#api.webhooks(asked);
			if (asked === this.organization) [this.#all, this.failure] = [all, null];
		} catch (error) {
			if (asked === this.organization) this.failure = codeOf(error);
		}
	}

	/** Makes a webhook; its secret is shown this once. `id` is the same at every try. */
	async add(id: string, fields: WebhookFields): Promise<RotatedSecret | FailureCode> {
		return this.#ask(id, async () => {
			await this.#api.addWebhook(id, this.organization, fields);
			return this.#api.secret(id);
		});
	}

	async change(
		id: string,
		fields: Partial<WebhookFields & { active: boolean }>
	): Promise<FailureCode | null> {
		const answer = await this.#ask(id, () => this.#api.changeWebhook(id, fields));
		return answer ?? null;
	}

	/** Another secret; the one before goes on signing for a day. */
	rotate(id: string): Promise<RotatedSecret | FailureCode> {
		return this.#ask(id, async () => {
			const { version } = await this.#api.secret(id);
			return this.#api.rotate(id, version);
		});
	}

	test(id: string): Promise<ListedDelivery | FailureCode> {
		return this.#ask(id, () => this.#api.test(id, uuidv7()));
	}

	/** Out of sight at once, gone for good when nobody takes it back. */
	remove(id: string, failed: (code: FailureCode) => void): void {
		const timer = setTimeout(() => void this.#removeNow(id, failed), undoMs);
		this.#leaving = new Map([...this.#leaving, [id, timer]]);
	}

	restore(id: string): void {
		clearTimeout(this.#leaving.get(id));
		this.#leaving = new Map([...this.#leaving].filter(([other]) => other !== id));
	}

	/** Refreshes while the page is visible; the result stops it, and what was removed is removed. */
	connect(): () => void {
		const look = () => {
			if (document.visibilityState === 'visible') void this.refresh();
		};
		const timer = setInterval(look, everyMs);
		document.addEventListener('visibilitychange', look);
		return () => {
			clearInterval(timer);
			document.removeEventListener('visibilitychange', look);
			for (const id of this.#leaving.keys()) void this.#removeNow(id, () => undefined);
		};
	}

	async #removeNow(id: string, failed: (code: FailureCode) => void): Promise<void> {
		clearTimeout(this.#leaving.get(id));
		const code = await this.#ask(id, () => this.#api.removeWebhook(id));
		this.restore(id);
		if (code) failed(code);
	}

	async #ask<Result>(id: string, call: () => Promise<Result>): Promise<Result | FailureCode> {
		this.busy = new Set([...this.busy, id]);
		try {
			const result = await call();
			await this.refresh();
			return result;
		} catch (error) {
			return codeOf(error);
		} finally {
			this.busy = new Set([...this.busy].filter((other) => other !== id));
		}
	}
}

import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import {
	pageSize,
	type DeliveryStatus,
	type IntegrationsApi,
	type ListedDelivery
} from './integrations-api.ts';

const everyMs = 3_000;

/** What was sent to one webhook, newest first, refreshed while somebody looks. */
export class DeliveryLog {
	status = $state.raw<DeliveryStatus | null>(null);
	deliveries = $state.raw<readonly ListedDelivery[] | null>(null);
	dead = $state.raw(0);
	failure = $state.raw<FailureCode | null>(null);
	full = $state(false);
	/** Payloads of the deliveries that were opened. */
	payloads = $state.raw<ReadonlyMap<string, string>>(new Map());

	readonly webhook: string;
	readonly #api: IntegrationsApi;
	#pages = 1;
	#asked = 0;

	constructor(api: IntegrationsApi, webhook: string) {
		this.#api = api;
		this.webhook = webhook;
	}

	async show(status: DeliveryStatus | null): Promise<void> {
		if (status !== this.status) this.deliveries = null;
		this.status = status;
		this.#pages = 1;
		await this.refresh();
	}

	async more(): Promise<void> {
		this.#pages++;
		await this.refresh();
	}

	async refresh(): Promise<void> {
		const asked = ++this.#asked;
		try {
			const [{ rows, full }, dead] = await Promise.all([
				this.#read(),
				this.#api.deadCount(this.webhook)
			]);
			// Another list was chosen meanwhile.
			if (asked !== this.#asked) return;
			[this.deliveries, this.full, this.dead, this.failure] = [rows, full, dead, null];
		} catch (error) {
			if (asked === this.#asked) this.failure = codeOf(error);
		}
	}

	async replay(id: string): Promise<FailureCode | null> {
		return this.#change(() => this.#api.replay(id));
	}

	async replayDead(): Promise<FailureCode | null> {
		return this.#change(() => this.#api.replayDead(this.webhook));
	}

	async open(id: string): Promise<void> {
		if (this.payloads.has(id)) return;
		try {
			const payload = JSON.stringify(await this.#api.payload(id), null, 2);
			this.payloads = new Map([...this.payloads, [id, payload]]);
		} catch (error) {
			this.failure = codeOf(error);
		}
	}

	connect(): () => void {
		const timer = setInterval(() => {
			if (document.visibilityState === 'visible') void this.refresh();
		}, everyMs);
		return () => {
			clearInterval(timer);
		};
	}

	async #read(): Promise<{ rows: ListedDelivery[]; full: boolean }> {
		const rows: ListedDelivery[] = [];
		for (let page = 1; ; page++) {
			const before = rows.at(-1)?.ordinal ?? null;
			const more = await this.#api.deliveries(this.webhook, this.status, before);
			rows.push(...more);
			const full = more.length === pageSize;
			if (!full || page >= this.#pages) return { rows, full };
		}
	}

	async #change(call: () => Promise<unknown>): Promise<FailureCode | null> {
		try {
			await call();
			await this.refresh();
			return null;
		} catch (error) {
			return codeOf(error);
		}
	}
}

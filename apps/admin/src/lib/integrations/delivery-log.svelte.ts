import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import { LiveList } from '#lib/lists/live-list.svelte.ts';
import {
	pageSize,
	type DeliveryStatus,
	type IntegrationsApi,
	type ListedDelivery
} from './integrations-api.ts';

const everyMs = 3_000;

/** What was sent to one webhook, and how much of it has failed for good. */
export class DeliveryLog extends LiveList<DeliveryStatus | 'all', ListedDelivery, number> {
	/** Payloads of the deliveries that were opened. */
	payloads = $state.raw<ReadonlyMap<string, string>>(new Map());

	readonly webhook: string;
	readonly #api: IntegrationsApi;

	constructor(api: IntegrationsApi, webhook: string) {
		super({
			everyMs,
			read: async (status, last) => {
				const [rows, note] = await Promise.all([
					api.deliveries(webhook, status === 'all' ? null : status, last?.ordinal ?? null),
					api.deadCount(webhook)
				]);
				return { rows, full: rows.length === pageSize, note };
			}
		});
		this.webhook = webhook;
		this.#api = api;
	}

	replay = (id: string) => this.done(id, () => this.#api.replay(id));
	replayDead = () => this.done(this.webhook, () => this.#api.replayDead(this.webhook));

	async open(id: string): Promise<FailureCode | null> {
		if (this.payloads.has(id)) return null;
		try {
			const payload = JSON.stringify(await this.#api.payload(id), null, 2);
			this.payloads = new Map([...this.payloads, [id, payload]]);
			return null;
		} catch (error) {
			return codeOf(error);
		}
	}
}

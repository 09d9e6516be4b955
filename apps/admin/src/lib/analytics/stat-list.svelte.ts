import type { StatConversation } from '@chatiq/contracts/analytics';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import type { AnalyticsQuery, DrillDown } from './analytics-query.ts';
import type { AnalyticsApi } from './supabase-analytics.ts';

/** The conversations behind a number, page by page. */
export class StatList {
	rows = $state.raw<readonly StatConversation[] | null>(null);
	more = $state(false);
	busy = $state(false);
	failure = $state.raw<FailureCode | null>(null);

	readonly #api: AnalyticsApi;
	#asked = 0;

	constructor(api: AnalyticsApi) {
		this.#api = api;
	}

	async show(query: AnalyticsQuery, of: DrillDown): Promise<void> {
		this.rows = null;
		await this.#read(query, of, []);
	}

	async next(query: AnalyticsQuery, of: DrillDown): Promise<void> {
		if (!this.busy) await this.#read(query, of, this.rows ?? []);
	}

	async #read(
		query: AnalyticsQuery,
		of: DrillDown,
		known: readonly StatConversation[]
	): Promise<void> {
		const asked = ++this.#asked;
		[this.busy, this.failure] = [true, null];
		try {
			const page = await this.#api.conversations(query, of, known.at(-1)?.at ?? null);
			if (asked !== this.#asked) return;
			[this.rows, this.more] = [[...known, ...page.conversations], page.has_more];
		} catch (error) {
			if (asked === this.#asked) this.failure = codeOf(error);
		} finally {
			if (asked === this.#asked) this.busy = false;
		}
	}
}

import type { Backend } from '#lib/session/backend.ts';
import { soon, type Call } from '../../call.ts';
import { codeOf, type FailureCode } from '../../failure.ts';

/** Who works on which site, as the database tells it. */
export class Team {
	failure = $state<FailureCode | null>(null);

	readonly #rest: () => Backend['rest'];
	readonly #call: Call;
	#sites = $state.raw<ReadonlyMap<string, readonly string[]>>(new Map());

	constructor(rest: () => Backend['rest'], call: Call) {
		this.#rest = rest;
		this.#call = call;
	}

	/** Null until it is known. */
	of(siteId: string): readonly string[] | null {
		return this.#sites.get(siteId) ?? null;
	}

	async load(site_id: string): Promise<void> {
		this.failure = null;
		try {
			const ids = await this.#call<string[]>(() =>
				this.#rest().rpc('list_site_team', { site_id }).abortSignal(soon())
			);
			this.#sites = new Map(this.#sites).set(site_id, ids);
		} catch (error) {
			this.failure = codeOf(error);
		}
	}
}

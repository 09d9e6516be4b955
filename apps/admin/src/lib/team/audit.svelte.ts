import type { PostgrestClient } from '@supabase/postgrest-js';
import type { Database } from '@chatiq/contracts/database';
import { codeOf, failureOf, type FailureCode } from '#lib/inbox/failure.ts';
import { timesOf, type AuditEntry, type AuditQuery } from './audit-query.ts';

export interface AuditApi {
	list(
		organization: string,
		query: AuditQuery,
		before: number | null,
		rows: number
	): Promise<AuditEntry[]>;
}

export function supabaseAudit(rest: () => PostgrestClient<Database>): AuditApi {
	return {
		async list(organization, query, beforeId, rows) {
			const { after, before } = timesOf(query);
			let request = rest().from('audit_log').select().eq('organization_id', organization);
			if (query.actor_id !== null) request = request.eq('actor_id', query.actor_id);
			if (query.entity !== null) request = request.eq('entity', query.entity);
			if (after !== null) request = request.gte('created_at', after);
			if (before !== null) request = request.lt('created_at', before);
			if (beforeId !== null) request = request.lt('id', beforeId);
			const { data, error, status } = await request.order('id', { ascending: false }).limit(rows);
			if (error) throw failureOf({ status, error });
			return data;
		}
	};
}

export const pageRows = 50;
/** As many as one answer of the Data API holds; a file has at most a hundred of them. */
const savedRows = 1000;
const mostPages = 100;

/** What was done in an organisation, newest first. */
export class Audit {
	entries = $state.raw<readonly AuditEntry[] | null>(null);
	more = $state(false);
	busy = $state(false);
	failure = $state.raw<FailureCode | null>(null);

	readonly #api: AuditApi;
	#asked = 0;
	#organization = '';
	#query: AuditQuery = { actor_id: null, entity: null, from: null, to: null };

	constructor(api: AuditApi) {
		this.#api = api;
	}

	async show(organization: string, query: AuditQuery): Promise<void> {
		[this.#organization, this.#query, this.entries] = [organization, query, null];
		await this.#read([]);
	}

	async next(): Promise<void> {
		if (!this.busy) await this.#read(this.entries ?? []);
	}

	/** All that the filters let through, for a file. */
	async everything(): Promise<AuditEntry[]> {
		const all: AuditEntry[] = [];
		for (let page = 0; page < mostPages; page++) {
			const before = all.at(-1)?.id ?? null;
			const rows = await this.#api.list(this.#organization, this.#query, before, savedRows);
			all.push(...rows);
			if (rows.length < savedRows) break;
		}
		return all;
	}

	async #read(known: readonly AuditEntry[]): Promise<void> {
		const asked = ++this.#asked;
		[this.busy, this.failure] = [true, null];
		try {
			const before = known.at(-1)?.id ?? null;
			const rows = await this.#api.list(this.#organization, this.#query, before, pageRows + 1);
			if (asked !== this.#asked) return;
			this.more = rows.length > pageRows;
			this.entries = [...known, ...rows.slice(0, pageRows)];
		} catch (error) {
			if (asked === this.#asked) this.failure = codeOf(error);
		} finally {
			if (asked === this.#asked) this.busy = false;
		}
	}
}

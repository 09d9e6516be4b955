import type { Sql } from '../sessions.ts';

export interface PartStatus {
	/** False: it does not do its work now. */
	ok: boolean;
	/** Facts for people, shortest first. */
	detail: Record<string, string | number | boolean | null>;
}

/** What `npm run status -- --json` and `/status.json` answer. It holds no secrets. */
export interface Status {
	ok: boolean;
	time: string;
	url: string;
	shopUrl: string;
	startedAt: string;
	pids: { supervisor: number | null; stack: number };
	versions: Record<string, string>;
	parts: Record<string, PartStatus>;
	migrations: { applied: string[]; pending: string[] };
	bytes: { database: number; storage: number };
}

/** Answers for one part, or throws: then the part is not well. */
export type Probe = (sql: Sql) => Promise<PartStatus>;

const patienceMs = 3_000;

/** Asks every part at once; one that hangs does not keep the others from answering. */
export async function probeAll(
	sql: Sql,
	probes: ReadonlyMap<string, Probe>
): Promise<Record<string, PartStatus>> {
	const results = await Promise.all(
		[...probes].map(async ([name, probe]) => [name, await inTime(() => probe(sql))] as const)
	);
	return Object.fromEntries(results);
}

async function inTime(probe: () => Promise<PartStatus>): Promise<PartStatus> {
	const { promise: late, resolve } = Promise.withResolvers<PartStatus>();
	const detail = { error: `no answer within ${patienceMs / 1000} s` };
	const timer = setTimeout(() => resolve({ ok: false, detail }), patienceMs);
	const asked = probe().catch((error: unknown) => ({
		ok: false,
		detail: { error: String(error) }
	}));
	const result = await Promise.race([asked, late]);
	clearTimeout(timer);
	return result;
}

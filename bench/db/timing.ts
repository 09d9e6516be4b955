import postgres from 'postgres';
import { percentile } from '../report.ts';
import { become, type Role } from './callers.ts';

const runs = 60;
const longestMs = 4000;

export interface Timing {
	/** Median of a whole transaction of the caller, in ms. */
	withPolicies: number;
	without: number;
}

/** Times a transaction of its caller and the bare one of the owner of the tables, in turn, so that both meet the same machine. */
export async function time(
	sql: postgres.Sql,
	[statement, bare]: readonly [string, string],
	role: Role,
	claims: object
): Promise<Timing> {
	const ours: number[] = [];
	const theirs: number[] = [];
	const startedAt = performance.now();
	for (let run = 0; run < runs && performance.now() - startedAt < longestMs; run++) {
		ours.push(await once(sql, statement, role, claims));
		theirs.push(await once(sql, bare, 'postgres', claims));
	}
	return { withPolicies: percentile(ours, 0.5), without: percentile(theirs, 0.5) };
}

/** As the Data API: begin, who is asking, the statement, commit. */
async function once(sql: postgres.Sql, statement: string, role: Role, claims: object) {
	const startedAt = performance.now();
	await sql.begin('read only', async (transaction) => {
		await become(transaction, role, claims);
		await transaction.unsafe(statement);
	});
	return performance.now() - startedAt;
}

import postgres from 'postgres';
import { percentile } from '../report.ts';
import { become, type Role } from './callers.ts';

const runs = 40;
const longestMs = 3000;

export interface Timing {
	/** Medians of the server's own time. */
	withPolicies: number;
	without: number;
}

/** Times a statement as its caller and as the owner of the tables, in turn, so that both meet the same machine. */
export async function time(
	sql: postgres.Sql,
	statement: string,
	role: Role,
	claims: object
): Promise<Timing> {
	const [ours, theirs]: number[][] = [[], []];
	const startedAt = performance.now();
	for (let run = 0; run < runs && performance.now() - startedAt < longestMs; run++) {
		ours?.push(await once(sql, statement, role, claims));
		theirs?.push(await once(sql, statement, 'postgres', claims));
	}
	return { withPolicies: percentile(ours ?? [], 0.5), without: percentile(theirs ?? [], 0.5) };
}

async function once(sql: postgres.Sql, statement: string, role: Role, claims: object) {
	return sql.begin('read only', async (transaction) => {
		await become(transaction, role, claims);
		// The second run has what the session and the transaction keep: what is compared is the statement.
		await transaction.unsafe(statement);
		const [row] = await transaction.unsafe<{ 'QUERY PLAN': [{ 'Execution Time': number }] }[]>(
			`explain (analyze, timing off, format json) ${statement}`
		);
		return row?.['QUERY PLAN'][0]['Execution Time'] ?? NaN;
	});
}

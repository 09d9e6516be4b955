import { codeOf, type FailureCode } from '../../failure.ts';

export interface Outcome<Row> {
	done: Row[];
	failed: { row: Row; code: FailureCode }[];
}

/** As many as a browser sends to one host side by side. */
const atOnce = 6;

/**
 * Does the same with every row; what fails for one stops no other. `onstep` hears how many are through after each, and
 * may answer `false`: then the rest is left as it is.
 */
export async function eachRow<Row>(
	rows: readonly Row[],
	run: (row: Row) => Promise<void>,
	onstep: (through: number) => boolean
): Promise<Outcome<Row>> {
	const outcome: Outcome<Row> = { done: [], failed: [] };
	const left = [...rows];
	const work = async () => {
		for (let row = left.shift(); row !== undefined; row = left.shift()) {
			try {
				await run(row);
				outcome.done.push(row);
			} catch (error) {
				outcome.failed.push({ row, code: codeOf(error) });
			}
			if (!onstep(outcome.done.length + outcome.failed.length)) left.length = 0;
		}
	};
	await Promise.all(Array.from({ length: Math.min(atOnce, rows.length) }, work));
	return outcome;
}

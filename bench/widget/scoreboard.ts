import { percentile } from '../report.ts';

/** A metric of the budgets: below `goal` it is what we want, above `limit` the run fails. */
export interface Row {
	name: string;
	unit: string;
	goal: number;
	limit: number;
	measured: number;
}

/** Prints the rows beside their budgets; answers how many are over the limit. */
export function printRows(rows: readonly Row[]): number {
	print(['', 'measured', 'goal', 'limit', '']);
	for (const { name, unit, goal, limit, measured } of rows) {
		print([
			name,
			`${show(measured)} ${unit}`,
			show(goal),
			show(limit),
			verdict(measured, goal, limit)
		]);
	}
	return rows.filter(({ measured, limit }) => !(measured <= limit)).length;
}

function verdict(measured: number, goal: number, limit: number): string {
	if (measured <= goal) return 'ok';
	return measured <= limit ? 'over the goal' : 'OVER THE LIMIT';
}

export function print([first = '', ...others]: string[]): void {
	console.log([first.padEnd(46), ...others.map((text) => text.padStart(16))].join(''));
}

export const show = (value: number) =>
	value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 });

export function median(values: readonly number[]): number {
	return percentile(values, 0.5);
}

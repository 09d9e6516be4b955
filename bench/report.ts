/** How a value is judged: most are times, of which less is better. */
type Budget = { atMost: number } | { atLeast: number };

/** Prints one measured value a line, beside what it may be at most (or must be at least). */
export class Report {
	readonly #strict: boolean;
	#over = 0;

	/** With `strict`, a value over its budget makes the process end with 1. */
	constructor(strict = process.argv.includes('--strict')) {
		this.#strict = strict;
	}

	add(name: string, value: number, unit: string, budget?: Budget): void {
		const columns = [name.padEnd(44), `${format(value)} ${unit}`.padStart(20)];
		if (budget !== undefined) {
			const ok = 'atMost' in budget ? value <= budget.atMost : value >= budget.atLeast;
			if (!ok) this.#over++;
			const [sign, limit] =
				'atMost' in budget ? ['≤', budget.atMost] : (['≥', budget.atLeast] as const);
			columns.push(`${sign} ${format(limit)} ${unit}`.padStart(20), ok ? 'ok' : 'OVER');
		}
		console.log(columns.join('  '));
	}

	finish(): void {
		if (this.#strict && this.#over > 0) process.exitCode = 1;
	}
}

/** The value below which `share` of all lie. */
export function percentile(values: readonly number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function format(value: number): string {
	return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 });
}

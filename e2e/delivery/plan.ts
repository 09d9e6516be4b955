/** Who writes how much. */
export interface Plan {
	sends: number;
	/** Texts of each visitor; the first ones write without a pause and more than the rate limit lets through. */
	visitors: readonly { texts: number; hurried: boolean }[];
	operators: readonly number[];
	/** How many texts an operator leaves unsent before looking after them; in the short form that does not matter. */
	mostUnsent: number;
}

/** What a hurried visitor may write: two texts within three seconds are too many, which even a slow machine manages. */
export const hurriedLimit = { burst: 1, per_minute: 20 };

export function planFor(sends: number): Plan {
	const large = sends > 3000;
	const [hurried, calm, team] = large ? [4, 44, 12] : [2, 14, 3];
	const hurriedTexts = Math.min(Math.round(sends / 10), hurriedLimit.burst + 10);
	const calmTexts = Math.floor((sends * 0.5) / calm);
	const visitors = Array.from({ length: hurried + calm }, (_, i) =>
		i < hurried ? { texts: hurriedTexts, hurried: true } : { texts: calmTexts, hurried: false }
	);
	const left = sends - visitors.reduce((sum, { texts }) => sum + texts, 0);
	const operators = Array.from({ length: team }, (_, i) => Math.floor((left + i) / team));
	return { sends, visitors, operators, mostUnsent: large ? 40 : Infinity };
}

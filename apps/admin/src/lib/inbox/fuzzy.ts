/** How well a text answers to what was typed, higher is better; null when a word of it is nowhere in the text. */
export function fuzzy(typed: string, text: string): number | null {
	const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
	const target = text.toLowerCase();
	let total = 0;
	for (const word of words) {
		const score = fit(word, target);
		if (score === null) return null;
		total += score;
	}
	return total;
}

const wordStart = (target: string, at: number) =>
	at === 0 || /[^\p{L}\p{N}]/u.test(target.charAt(at - 1));

function fit(word: string, target: string): number | null {
	let inside = -1;
	for (let at = target.indexOf(word); at !== -1; at = target.indexOf(word, at + 1)) {
		if (wordStart(target, at)) return at === 0 ? 120 : 100 - Math.min(at, 40);
		if (inside === -1) inside = at;
	}
	if (inside !== -1) return 50 - Math.min(inside, 40) / 2;
	return scattered(word, target);
}

/** Letters in this order with others between them: `cc` finds `close conversation`. One letter is too little to go by. */
function scattered(word: string, target: string): number | null {
	if (word.length < 2) return null;
	let score = 0;
	let at = -1;
	for (const letter of word) {
		const next = target.indexOf(letter, at + 1);
		if (next === -1) return null;
		score += wordStart(target, next) ? 6 : next === at + 1 ? 4 : -1;
		at = next;
	}
	return Math.min(score, 25);
}

/** Those that answer to what was typed, the best first; equals keep their order. */
export function ranked<T>(typed: string, all: readonly T[], textOf: (one: T) => string): T[] {
	return all
		.map((one) => ({ one, score: fuzzy(typed, textOf(one)) }))
		.filter((found): found is { one: T; score: number } => found.score !== null)
		.sort((a, b) => b.score - a.score)
		.map(({ one }) => one);
}

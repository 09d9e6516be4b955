const firstMs = 1000;
const longestMs = 30_000;

/** Doubles with each try; the jitter keeps a whole team from returning in the same instant. */
export function retryDelay(tries: number, random: () => number = Math.random): number {
	const full = Math.min(longestMs, firstMs * 2 ** Math.max(0, tries - 1));
	return full / 2 + (random() * full) / 2;
}

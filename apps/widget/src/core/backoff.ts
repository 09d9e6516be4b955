/** Exponential back-off with full jitter: many clients that fell together do not come back together. */
export function backoffMs(attempt: number, { baseMs = 500, maxMs = 30_000 } = {}): number {
	return Math.random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 16));
}

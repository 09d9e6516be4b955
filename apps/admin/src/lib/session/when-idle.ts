const patienceMs = 10_000;

/** Runs something once the page has nothing else to do; call the result to give up on it. */
export function whenIdle(run: () => void): () => void {
	// Safari has no such thing.
	if (typeof requestIdleCallback !== 'function') {
		const timer = setTimeout(run, patienceMs);
		return () => clearTimeout(timer);
	}
	const handle = requestIdleCallback(run, { timeout: patienceMs });
	return () => cancelIdleCallback(handle);
}

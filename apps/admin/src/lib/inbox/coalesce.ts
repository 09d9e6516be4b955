/**
 * At most one run at a time. A call during a run gets one more run after it, shared with all others that wait:
 * the promise of a call always belongs to a run that began after the call.
 */
export function coalesce(run: () => Promise<void>): () => Promise<void> {
	let current: Promise<void> | null = null;
	let next: Promise<void> | null = null;

	const start = (): Promise<void> => {
		next = null;
		current = run().finally(() => (current = null));
		return current;
	};

	return () => {
		if (!current) return start();
		next ??= current.then(start, start);
		return next;
	};
}

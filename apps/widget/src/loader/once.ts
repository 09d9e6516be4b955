/** Runs a task when it is first asked for, and again only after it has failed. */
export function once<T>(task: () => Promise<T>): () => Promise<T> {
	let running: Promise<T> | null = null;
	return () =>
		(running ??= task().catch((error: unknown) => {
			running = null;
			throw error;
		}));
}

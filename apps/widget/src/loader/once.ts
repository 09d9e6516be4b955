/** Runs a task when it is first asked for, and again only after it has failed. */
export const once = <T>(task: () => Promise<T>): (() => Promise<T>) => {
	let running: Promise<T> | undefined;
	return () =>
		(running ??= task().catch((error: unknown) => {
			running = undefined;
			throw error;
		}));
};

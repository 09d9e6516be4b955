/** Runs `task` while no other tab of the site runs one of the same name; without Web Locks, just runs it. */
export async function exclusively<T>(name: string, task: () => Promise<T>): Promise<T> {
	const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks;
	if (!locks) return task();
	const run = { begun: false };
	try {
		return await locks.request(name, () => {
			run.begun = true;
			return task();
		});
	} catch (error) {
		// Sandboxed and storage-blocked pages have the API but may not use it.
		if (run.begun) throw error;
		return task();
	}
}

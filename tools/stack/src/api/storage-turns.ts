const last = new Map<string, Promise<unknown>>();

/**
 * One write at a time per file. Lite looks whether the file is there and then inserts or updates, so
 * two uploads with `upsert` at once end in a duplicate key; Supabase's Storage stores both in turn.
 */
export async function inTurn(request: Request, write: () => Promise<Response>): Promise<Response> {
	const file = writtenFile(request);
	if (file === null) return write();
	const turn = (last.get(file) ?? Promise.resolve()).then(write, write);
	last.set(file, turn);
	try {
		return await turn;
	} finally {
		if (last.get(file) === turn) last.delete(file);
	}
}

/** Host and path, so that stacks in one process do not wait for each other. */
function writtenFile(request: Request): string | null {
	if (request.method !== 'POST' && request.method !== 'PUT') return null;
	const { host, pathname } = new URL(request.url);
	const verbs = /^\/storage\/v1\/object\/(?!(list|sign|copy|move|info)(\/|$))[^/]+\/./;
	return verbs.test(pathname) ? host + pathname : null;
}

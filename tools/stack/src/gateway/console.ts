import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { answer, type Route } from './answer.ts';

type NodeHandler = (
	...parameters: [...Parameters<Route>, next: (error?: unknown) => void]
) => unknown;

const notBuilt = `<!doctype html><meta charset="utf-8"><title>Console not built</title>
<h1>The console is not built yet</h1><p>Run <code>npm run build</code>, then start again.</p>`;

/** The built SvelteKit console, in this process. */
export async function consoleRoute(
	handlerFile: string | null,
	environment: Record<string, string>
): Promise<Route> {
	if (handlerFile === null || !existsSync(handlerFile))
		return (request, response) =>
			answer(request, response, {
				status: 503,
				headers: { 'content-type': 'text/html; charset=utf-8' },
				body: notBuilt
			});
	// adapter-node takes https for granted unless a header that it is told to trust says otherwise.
	Object.assign(process.env, { PROTOCOL_HEADER: 'x-forwarded-proto', ...environment });
	const { handler } = (await import(pathToFileURL(handlerFile).href)) as { handler: NodeHandler };
	return (request, response) => {
		request.headers['x-forwarded-proto'] = 'http';
		handler(request, response, () => answer(request, response, { status: 404 }));
	};
}

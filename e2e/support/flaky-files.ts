import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FlakyFiles {
	origin: string;
	/** Files whose requests the line cuts, and how often still. */
	cuts: Map<string, number>;
	/** What was served whole, in order. */
	served: string[];
	close(): Promise<void>;
}

/** Serves scripts, cached for ever as a CDN does, on a line that fails when it is told to. */
export async function serveFlakyFiles(files: Map<string, string>): Promise<FlakyFiles> {
	const cuts = new Map<string, number>();
	const served: string[] = [];
	const server = createServer((request, response) => {
		const name = (request.url ?? '/').slice(1);
		const left = cuts.get(name) ?? 0;
		if (left > 0) {
			cuts.set(name, left - 1);
			request.socket.destroy();
			return;
		}
		served.push(name);
		const script = name.endsWith('.js');
		response.setHeader('content-type', script ? 'text/javascript' : 'text/html; charset=utf-8');
		if (script) response.setHeader('cache-control', 'public, max-age=31536000, immutable');
		response.end(files.get(name) ?? '');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		cuts,
		served,
		close: () =>
			new Promise((resolve) => {
				server.closeAllConnections();
				server.close(() => resolve());
			})
	};
}

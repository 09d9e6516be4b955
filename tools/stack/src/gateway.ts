import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { peerAddress } from './functions.ts';
import { answer, pathOf, type Route } from './gateway/answer.ts';
import { PortBusy, takenOnIpv6 } from './gateway/busy-port.ts';
import type { Shop } from './gateway/shop.ts';
import type { StaticFiles } from './gateway/static-files.ts';
import { serveStatus } from './gateway/status-page.ts';
import type { Status } from './status/status.ts';

export interface Api {
	fetch: (request: Request, connection: { peerAddress: string }) => Response | Promise<Response>;
}

export interface Realtime {
	handle: Route;
	upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** Who answers what, once it all runs. */
export interface Services {
	api: Api;
	realtime: Realtime;
	functions: {
		handle: Route;
		upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
	};
	widget: StaticFiles;
	shop: Shop;
	console: Route;
	/** What Auth and edge functions mailed. */
	mailbox?: Route;
	/** How the whole stack is; without it there is no status page. */
	status?: () => Promise<Status>;
}

export interface Gateway {
	port: number;
	/** Of the API and the console. */
	url: string;
	/** Of the shop, which must be a foreign origin to the API as a customer's website is. */
	shopUrl: string;
	/** Until it is called, requests are answered 503: the stack is starting. */
	serve: (services: Services) => void;
	/** Answers 503 from now on; resolves when the requests under way are answered, or took too long. */
	drain: () => Promise<void>;
	close: () => Promise<void>;
}

const host = '127.0.0.1';
const goodbyeMs = 1_000;

/**
 * Takes the port. This comes before anything else starts: a busy port is an early error, and the
 * parts need to know their public URL.
 */
export async function openGateway(options: {
	port: number;
	log?: (line: string) => void;
}): Promise<Gateway> {
	const { log = () => null } = options;
	let router: Router | null = null;
	const underWay = new Set<ServerResponse>();
	const server = createServer((request, response) => {
		underWay.add(response);
		response.once('close', () => underWay.delete(response));
		if (router) router.route(request, response);
		else
			answer(request, response, {
				status: 503,
				headers: { 'retry-after': '1' },
				body: 'Not ready'
			});
	});
	server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
		// A client that goes away in the middle of the handshake is no error of ours.
		socket.on('error', () => socket.destroy());
		if (router) router.upgrade(request, socket, head);
		else socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n');
	});
	const port = await listen(server, options.port);
	const url = `http://${host}:${port}`;
	return {
		port,
		url,
		shopUrl: `http://localhost:${port}/shop/`,
		serve: (services) => (router = new Router(services, url, log)),
		async drain() {
			router = null;
			const deadline = performance.now() + goodbyeMs;
			while (underWay.size > 0 && performance.now() < deadline) await sleep(10);
		},
		async close() {
			const closed = once(server, 'close');
			server.close();
			server.closeAllConnections();
			await closed;
		}
	};
}

async function listen(server: Server, port: number): Promise<number> {
	if (port !== 0 && (await takenOnIpv6(port))) throw new PortBusy(port);
	const failed = once(server, 'error').then(([error]) => {
		throw error as Error;
	});
	server.listen(port, host);
	try {
		await Promise.race([once(server, 'listening'), failed]);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new PortBusy(port);
		throw error;
	}
	return (server.address() as AddressInfo).port;
}

class Router {
	readonly #services: Services;
	readonly #api: Route;
	readonly #origin: URL;
	readonly #log: (line: string) => void;

	constructor(services: Services, url: string, log: (line: string) => void) {
		this.#services = services;
		this.#origin = new URL(url);
		this.#log = log;
		const listener = getRequestListener(
			(request, env) =>
				services.api.fetch(request, { peerAddress: peerAddress(env.incoming as IncomingMessage) }),
			{ overrideGlobalObjects: false }
		);
		this.#api = (request, response) => void listener(request, response);
	}

	route(request: IncomingMessage, response: ServerResponse): void {
		this.#dispatch(request, response).catch((error: unknown) => {
			this.#log(`${request.method ?? ''} ${pathOf(request)}: ${String(error)}`);
			answer(request, response, { status: 500, body: 'Internal error' });
		});
	}

	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
		if (within(pathOf(request), '/realtime/v1'))
			this.#services.realtime.upgrade(request, socket, head);
		else if (within(pathOf(request), '/functions/v1'))
			this.#services.functions.upgrade(request, socket, head);
		else socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
	}

	async #dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { realtime, functions, widget, shop, mailbox, status } = this.#services;
		const path = pathOf(request);
		if (['/rest/v1', '/auth/v1', '/storage/v1'].some((prefix) => within(path, prefix)))
			this.#api(request, response);
		else if (within(path, '/realtime/v1')) realtime.handle(request, response);
		else if (within(path, '/functions/v1')) functions.handle(request, response);
		// The loader's chunks lie in `widget/` beside it, as on any static host.
		else if (path === '/widget.js' || path.startsWith('/widget/'))
			await widget.serve(request, response);
		else if (mailbox && within(path, '/mailbox')) mailbox(request, response);
		else if (within(path, '/shop')) await shop.serve(request, response);
		else if (status && (path === '/status' || path === '/status.json'))
			await serveStatus(request, response, status);
		else this.#console(request, response);
	}

	/** One origin for the console: cookies, and Kit's check of a form's origin, depend on it. */
	#console(request: IncomingMessage, response: ServerResponse): void {
		const reads = request.method === 'GET' || request.method === 'HEAD';
		if (reads && request.headers.host === `localhost:${this.#origin.port}`) {
			const location = this.#origin.origin + (request.url ?? '/');
			answer(request, response, { status: 307, headers: { location } });
		} else this.#services.console(request, response);
	}
}

function within(path: string, prefix: string): boolean {
	return path === prefix || path.startsWith(`${prefix}/`);
}

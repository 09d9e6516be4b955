import {
	Agent,
	createServer,
	request as httpRequest,
	type IncomingHttpHeaders,
	type IncomingMessage,
	type ServerResponse
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Random } from './random.ts';
import { Tunnel } from './tunnel.ts';

/** What may happen to a request, and how often against each other. */
const faultWeights = {
	/** The server does the work, the client never hears of it. */
	answer_lost: 6,
	request_lost: 4,
	/** No answer and no error for a while, then the connection breaks. */
	swallowed: 1,
	request_delayed: 3,
	answer_delayed: 3,
	/** A second copy of the request arrives later. */
	sent_twice: 5,
	/** 503 of a proxy that has not asked the server. */
	refused: 3,
	/** 503 of a proxy that lost patience with a server which goes on. */
	refused_late: 2
} as const;

export type Fault = keyof typeof faultWeights;
export const faults = Object.keys(faultWeights) as Fault[];

interface Answer {
	status: number;
	headers: IncomingHttpHeaders;
	body: Buffer;
}

interface Job {
	method: string;
	path: string;
	headers: IncomingHttpHeaders;
	body: Buffer;
}

interface Options {
	/** Where the gateway listens. */
	target: string;
	/** The website that a browser would name in `Origin`; Node's fetch names none. */
	origin: string;
	random: Random;
	/** Of how many requests one goes wrong. */
	faultRate: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** The network between one client and the gateway: a reverse proxy that does everything wrong a network can. */
export class FaultyLine {
	readonly seen = new Map<Fault | 'cut' | 'frozen', number>();
	readonly statuses = new Map<number, number>();

	readonly #options: Options;
	readonly #target: URL;
	readonly #server = createServer((request, response) => void this.#serve(request, response));
	readonly #tunnels = new Set<Tunnel>();
	readonly #pages = new Set<string>();
	#pageCount = 0;
	#url = '';
	readonly #underWay = new Set<Promise<unknown>>();
	#faulty = true;
	#down = false;

	constructor(options: Options) {
		this.#options = options;
		this.#target = new URL(options.target);
	}

	async open(): Promise<this> {
		this.#server.on('upgrade', (request, socket, head) => {
			const [page, path] = this.#pageOf(request);
			if (this.#down || !this.#pages.has(page)) {
				socket.destroy();
				return;
			}
			const tunnel = new Tunnel({
				target: this.#target,
				page,
				path,
				request,
				client: socket,
				head
			});
			this.#tunnels.add(tunnel);
			void tunnel.ended.then(() => this.#tunnels.delete(tunnel));
		});
		await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
		this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
		return this;
	}

	/** An address of the gateway for one page: when the page is closed, nothing of it gets through any more. */
	openPage(): { url: string; close: () => void } {
		const page = `page-${++this.#pageCount}`;
		this.#pages.add(page);
		return {
			url: `${this.#url}/${page}`,
			close: () => {
				this.#pages.delete(page);
				for (const tunnel of this.#tunnels) if (tunnel.page === page) tunnel.cut();
			}
		};
	}

	/** Sockets that carry something. */
	get live(): number {
		return [...this.#tunnels].filter((tunnel) => !tunnel.frozen).length;
	}

	/** Ends the faults; what is broken already stays so until the clients find out. */
	calm(): void {
		this.#faulty = false;
	}

	/** Everything that was put off has reached the server. */
	async settled(): Promise<void> {
		while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
	}

	goDown(): void {
		this.#down = true;
		this.#server.closeAllConnections();
		// The radio is off: nobody gets to know that the socket has gone.
		this.freeze();
	}

	comeUp(): void {
		this.#down = false;
	}

	cut(): void {
		for (const tunnel of this.#tunnels) {
			this.#count('cut');
			tunnel.cut();
		}
	}

	freeze(): void {
		for (const tunnel of this.#tunnels) {
			if (tunnel.freeze()) this.#count('frozen');
		}
	}

	async close(): Promise<void> {
		for (const tunnel of this.#tunnels) tunnel.cut();
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
		try {
			const [page, path] = this.#pageOf(request);
			const body = Buffer.concat(await request.toArray());
			if (this.#down || !this.#pages.has(page)) throw new Error('there is no way');
			const { method = 'POST', headers } = request;
			const answer = await this.#carry({ method, path, headers, body });
			if (!answer || !this.#pages.has(page)) throw new Error('the answer is lost');
			const rest = without(answer.headers, 'transfer-encoding', 'connection');
			response.writeHead(answer.status, { ...rest, 'content-length': answer.body.length });
			response.end(answer.body);
		} catch {
			// Whatever went wrong here, a client sees one thing of it: the connection broke.
			response.destroy();
		}
	}

	/** Null when the client gets no answer. */
	async #carry(job: Job): Promise<Answer | null> {
		const { random, faultRate } = this.#options;
		if (!this.#faulty || !random.chance(faultRate)) return this.#forward(job);
		const fault = random.weighted(faultWeights);
		this.#count(fault);
		const delay = random.between(50, 900);
		switch (fault) {
			case 'answer_lost':
				await this.#forward(job);
				return null;
			case 'request_lost':
				return null;
			case 'swallowed':
				await pause(delay * 3);
				return null;
			case 'request_delayed':
				await pause(delay);
				return this.#forward(job);
			case 'answer_delayed': {
				const answer = await this.#forward(job);
				await pause(delay);
				return answer;
			}
			case 'sent_twice':
				void this.#track(pause(random.chance(0.5) ? 0 : delay * 3).then(() => this.#forward(job)));
				return this.#forward(job);
			case 'refused':
				return unavailable;
			case 'refused_late':
				await this.#forward(job);
				return unavailable;
		}
	}

	#pageOf({ url = '' }: IncomingMessage): [page: string, path: string] {
		const [, page = ''] = url.split('/', 2);
		return [page, url.slice(page.length + 1)];
	}

	#forward({ method, path, headers, body }: Job): Promise<Answer> {
		const rest = without(headers, 'host', 'connection');
		const url = new URL(path, this.#target);
		const sent = new Promise<Answer>((resolve, reject) => {
			const request = httpRequest(
				url,
				{ method, agent, headers: { origin: this.#options.origin, ...rest } },
				(response) => {
					response.toArray().then((chunks: Buffer[]) => {
						const status = response.statusCode ?? 502;
						this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
						resolve({ status, headers: response.headers, body: Buffer.concat(chunks) });
					}, reject);
				}
			);
			request.once('error', reject);
			request.end(body);
		});
		return this.#track(sent);
	}

	#track<T>(work: Promise<T>): Promise<T> {
		const tracked = work.finally(() => this.#underWay.delete(tracked));
		tracked.catch(() => undefined);
		this.#underWay.add(tracked);
		return tracked;
	}

	#count(what: Fault | 'cut' | 'frozen'): void {
		this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
	}
}

const without = (headers: IncomingHttpHeaders, ...names: string[]): IncomingHttpHeaders =>
	Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));

const unavailable: Answer = {
	status: 503,
	headers: { 'content-type': 'text/html' },
	body: Buffer.from('<h1>503 Service Unavailable</h1>')
};

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

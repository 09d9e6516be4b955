import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
	id: string;
	path: string;
	headers: Record<string, string>;
	body: string;
	event: { type: string; data: Record<string, Record<string, unknown>> };
}

type Behave = (received: Received, response: ServerResponse) => void;

/** A real HTTP server of somebody else, which remembers what it was sent. */
export class Endpoint {
	readonly received: Received[] = [];
	/** What it does with a request; 204 unless said. */
	behave: Behave = (_, response) => response.writeHead(204).end();
	readonly #server = createServer((request, response) => void this.#take(request, response));

	async start(): Promise<this> {
		await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening));
		return this;
	}

	url(path = '/hook'): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
	}

	of(path: string): Received[] {
		return this.received.filter((received) => received.path === path);
	}

	close(): Promise<void> {
		this.#server.closeAllConnections();
		return new Promise((closed) => this.#server.close(() => closed()));
	}

	async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
		let body = '';
		for await (const part of request) body += String(part);
		const headers = request.headers as Record<string, string>;
		const received = {
			id: headers['webhook-id'] ?? '',
			path: request.url ?? '',
			headers,
			body,
			event: JSON.parse(body) as Received['event']
		};
		this.received.push(received);
		this.behave(received, response);
	}
}

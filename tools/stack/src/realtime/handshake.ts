import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { backOff } from './channel-life.ts';
import type { Version } from './frames.ts';
import { connectedUsers } from './hub.ts';
import type { Hub } from './hub.ts';
import type { Connection } from './socket.ts';
import { connectMessage } from './token.ts';
import { TokenError } from '../tokens.ts';
import type { Claims } from './token.ts';

const socketPaths = new Set(['/realtime/v1/websocket', '/socket/websocket']);

export class Refused extends Error {
	readonly status: number;

	constructor(status: number, message = '') {
		super(message);
		this.status = status;
	}
}

/** Decides about an upgrade request; throws `Refused` with what to answer. */
export async function openConnection(hub: Hub, request: IncomingMessage): Promise<Connection> {
	if (hub.closing) throw new Refused(500, 'Error connecting to Realtime');
	const url = requestUrl(request);
	if (!url || !socketPaths.has(url.pathname)) throw new Refused(404, 'Not found');
	const version = parseVersion(url.searchParams.get('vsn'));
	const key = header(request, 'x-api-key') ?? url.searchParams.get('apikey');
	if (!key) throw new Refused(401, 'API key is missing');
	const identity = await identifyKey(hub, key);
	if (connectedUsers(hub) >= hub.limits.connections) {
		throw new Refused(429, 'Too many connected users');
	}
	if (hub.meters.joins.exceeded) throw new Refused(429, 'Too many joins per second');
	return { version, headers: pickHeaders(request, (name) => name.startsWith('x-')), ...identity };
}

/** An opaque key stands for a role; anything else must be a token. */
export async function identifyKey(
	hub: Hub,
	key: string
): Promise<{ token: string | null; claims: Claims }> {
	const role = hub.apiKeys.get(key);
	if (role !== undefined) return { token: null, claims: { role } };
	try {
		return { token: key, claims: await hub.verifyToken(key) };
	} catch (error) {
		if (error instanceof TokenError) throw new Refused(401, connectMessage(error));
		throw error;
	}
}

export async function refuse(hub: Hub, socket: Duplex, error: unknown): Promise<void> {
	let refusal = new Refused(500, 'Error connecting to Realtime');
	if (error instanceof Refused) refusal = error;
	else hub.log({ level: 'error', code: 'ErrorConnecting', message: String(error) });
	await backOff(hub.limits.connectErrorBackoffMs);
	const body = refusal.message === '' ? '' : JSON.stringify({ error: refusal.message });
	socket.end(
		[
			`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`,
			'content-type: application/json; charset=utf-8',
			`content-length: ${Buffer.byteLength(body)}`,
			'connection: close',
			'',
			body
		].join('\r\n')
	);
}

function parseVersion(vsn: string | null): Version {
	const text = vsn ?? '1.0.0';
	if (/^1\.0\.\d+$/.test(text)) return '1.0.0';
	if (/^2\.0\.\d+$/.test(text)) return '2.0.0';
	throw new Refused(403);
}

/** Null for a target that is no URL. */
export function requestUrl(request: IncomingMessage): URL | null {
	return URL.parse(request.url ?? '/', 'http://localhost');
}

export function header(request: IncomingMessage, name: string): string | undefined {
	const value = request.headers[name];
	return Array.isArray(value) ? value[0] : value;
}

export function pickHeaders(
	request: IncomingMessage,
	wanted: (name: string) => boolean
): Record<string, string> {
	const picked: Record<string, string> = {};
	for (const name of Object.keys(request.headers)) {
		const value = header(request, name);
		if (value !== undefined && wanted(name)) picked[name] = value;
	}
	return picked;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
	isConnectionLost,
	isMissingPartition,
	SessionsTaken,
	sqlState
} from './database-errors.ts';
import { header, identifyKey, pickHeaders, Refused, requestUrl } from './handshake.ts';
import { fanOut, fitsPayload } from './hub.ts';
import type { Hub } from './hub.ts';
import { persistNeedsPrivate, tryToStore } from './persist.ts';
import { parseBatch } from './rest-batch.ts';
import type { Caller } from './authorization.ts';
import type { UserBroadcast } from './frames.ts';
import { topicProblem } from './topic-name.ts';

interface Answer {
	status: number;
	body?: unknown;
	headers?: Record<string, string>;
}

const cors = {
	'access-control-allow-origin': '*',
	'access-control-allow-methods': 'GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS',
	'access-control-allow-headers': 'authorization, apikey, content-type, x-client-info',
	'access-control-max-age': '3600'
};

/** The HTTP side: broadcasts for those without a socket, and a ping. */
export async function handleRest(
	hub: Hub,
	request: IncomingMessage,
	response: ServerResponse
): Promise<void> {
	let answer: Answer;
	try {
		answer = await route(hub, request);
	} catch (error) {
		if (error instanceof Refused) {
			answer = { status: error.status, body: { message: error.message } };
		} else {
			hub.log({ level: 'error', code: 'UnknownErrorOnRequest', message: String(error) });
			answer = { status: 500, body: { message: 'Internal server error' } };
		}
	}
	if (response.destroyed) return;
	const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
	response.writeHead(answer.status, {
		...cors,
		...(text === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }),
		'content-length': Buffer.byteLength(text),
		// A body that was refused is still on its way: the connection cannot be used again.
		...(request.complete ? {} : { connection: 'close' }),
		...answer.headers
	});
	response.end(text);
}

async function route(hub: Hub, request: IncomingMessage): Promise<Answer> {
	if (request.method === 'OPTIONS') return { status: 204 };
	const url = requestUrl(request);
	const path = url?.pathname.replace(/^\/realtime\/v1/, '');
	if (request.method === 'GET' && path === '/api/ping') {
		return { status: 200, body: { message: 'Success' } };
	}
	if (request.method === 'GET' && path === '/healthcheck') return { status: 200, body: {} };
	// Split before decoding: names may contain encoded slashes.
	const match = /^\/api\/broadcast(?:\/([^/]+)\/events\/([^/]+))?\/?$/.exec(path ?? '');
	if (!url || !match || request.method !== 'POST') throw new Refused(404, 'Not found');
	const caller = await authenticate(hub, request, url);
	if (hub.meters.events.exceeded) {
		return { status: 429, body: { message: 'Too many requests' }, headers: rateHeaders(hub) };
	}
	const body = await readBody(request, hub.limits.restBodyBytes);
	const answer =
		match[1] !== undefined && match[2] !== undefined
			? await single(hub, caller, {
					topic: decode(match[1]),
					event: decode(match[2]),
					private: url.searchParams.get('private') === 'true',
					persist: ['persist', 'persist[ttl]'].some((name) => url.searchParams.has(name)),
					contentType: header(request, 'content-type'),
					body
				})
			: await batch(hub, caller, body);
	return { ...answer, headers: rateHeaders(hub) };
}

/** `Authorization` counts unless it repeats an API key; then, as without it, the key does. */
async function authenticate(hub: Hub, request: IncomingMessage, url: URL): Promise<Caller> {
	const bearer = /^Bearer (.+)$/i.exec(header(request, 'authorization') ?? '')?.[1];
	const token = bearer?.startsWith('sb_') ? undefined : bearer;
	const key = header(request, 'apikey');
	// An empty header is no header.
	const credential = [token, key, url.searchParams.get('apikey'), bearer].find(Boolean);
	try {
		const { claims } = await identifyKey(hub, credential ?? '');
		return { claims, headers: pickHeaders(request, () => true) };
	} catch (error) {
		if (error instanceof Refused) throw new Refused(401, 'Unauthorized');
		throw error;
	}
}

function decode(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch (cause) {
		throw Object.assign(new Refused(400, 'Bad request'), { cause });
	}
}

async function readBody(request: IncomingMessage, maximum: number): Promise<Buffer> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		size += chunk.length;
		if (size > maximum) throw new Refused(413, 'Request entity too large');
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

function rateHeaders(hub: Hub): Record<string, string> {
	const { events } = hub.meters;
	const rolling = Math.round(events.average());
	return {
		'x-rate-rolling': String(rolling),
		'x-rate-limit': String(events.limit),
		'x-rate-limit-remaining': String(Math.max(0, events.limit - rolling))
	};
}

async function batch(hub: Hub, caller: Caller, body: Buffer): Promise<Answer> {
	const parsed = parseBatch(hub, body);
	if ('errors' in parsed) return { status: 422, body: { errors: { messages: parsed.errors } } };
	const { events } = hub.meters;
	if (events.average() + parsed.messages.length > events.limit) {
		const message = 'Too many messages to broadcast, please reduce the batch size';
		return { status: 429, body: { message } };
	}
	const writable = new Map<string, boolean>();
	for (const { room } of parsed.messages) {
		if (!room.private || writable.has(room.name)) continue;
		// A topic the caller may not write to is left out; the others are still sent.
		writable.set(room.name, (await askToWrite(hub, caller, room.name)) === null);
	}
	for (const { room, broadcast } of parsed.messages) {
		if (room.private && !writable.get(room.name)) continue;
		events.add();
		fanOut(hub, room, broadcast);
	}
	return { status: 202 };
}

interface SingleBroadcast {
	topic: string;
	event: string;
	private: boolean;
	persist: boolean;
	contentType: string | undefined;
	body: Buffer;
}

async function single(hub: Hub, caller: Caller, sent: SingleBroadcast): Promise<Answer> {
	const type = sent.contentType?.split(';')[0]?.trim().toLowerCase() ?? 'application/json';
	if (type !== 'application/json' && type !== 'application/octet-stream') {
		const error = 'Unsupported Media Type. Use application/json or application/octet-stream';
		return { status: 415, body: { error } };
	}
	const encoding = type === 'application/json' ? 'json' : 'binary';
	if (encoding === 'json' && !isJson(sent.body)) throw new Refused(400, 'Bad request');
	if (topicProblem(sent.topic)) {
		return { status: 422, body: { errors: { topic: ['is invalid'] } } };
	}
	const message: UserBroadcast = { event: sent.event, encoding, body: sent.body };
	if (!fitsPayload(hub, { form: 'bytes', message })) {
		return { status: 422, body: { errors: { payload: ['Payload size exceeds tenant limit'] } } };
	}
	if (sent.persist && !sent.private) {
		return { status: 422, body: { errors: { persist: [persistNeedsPrivate] } } };
	}
	const denied = sent.private ? await askToWrite(hub, caller, sent.topic) : null;
	if (denied) return denied;
	hub.meters.events.add();
	fanOut(hub, { name: sent.topic, private: sent.private }, { form: 'bytes', message });
	if (sent.persist) await tryToStore(hub, sent.topic, caller, message);
	return { status: 202 };
}

function isJson(body: Buffer): boolean {
	try {
		JSON.parse(body.toString());
		return true;
	} catch {
		return false;
	}
}

/** Null when the caller may send to the private topic, else the answer that says why not. */
async function askToWrite(hub: Hub, caller: Caller, topic: string): Promise<Answer | null> {
	try {
		const writable = await hub.authorizer.writable(topic, caller, ['broadcast']);
		return writable.has('broadcast') ? null : { status: 403, body: { message: 'Unauthorized' } };
	} catch (error) {
		hub.log({ level: 'error', code: 'RlsPolicyError', message: `${topic}: ${String(error)}` });
		if (error instanceof SessionsTaken) {
			return { status: 429, body: { message: 'Connection pool exhausted' } };
		}
		return { status: 422, body: { message: failure(error) } };
	}
}

function failure(error: unknown): string {
	if (isConnectionLost(error)) return 'Tenant database unavailable';
	if (isMissingPartition(error)) return 'Missing messages partition';
	switch (sqlState(error)) {
		case '53300':
			return 'Tenant database unavailable';
		case '57014':
			return 'Query canceled';
		default:
			return 'RLS policy error';
	}
}

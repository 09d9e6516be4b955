import { request as httpRequest, type Agent, type ClientRequest } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline, type Duplex } from 'node:stream';
import { requestIdHeader, secretHeader } from './host.ts';
import { idleTimeout, refuse } from './refusal.ts';
import type { Worker } from './worker.ts';

export interface Forwarding {
	request: IncomingMessage;
	/** Without the prefix of the gateway. */
	path: string;
	id: string;
	port: number;
	worker: Worker;
	agent: Agent;
	/** The worker did not answer in time. */
	timedOut: () => void;
	requestMs: number;
}

const hopByHop = [
	'connection',
	'keep-alive',
	'proxy-authenticate',
	'proxy-authorization',
	'te',
	'trailer',
	'transfer-encoding',
	'upgrade'
];

/** Hands one request to a worker and its answer back, both as streams. */
export function forward(forwarding: Forwarding, response: ServerResponse): void {
	const { request, worker, requestMs } = forwarding;
	const end = worker.begin();
	const upstream = send(forwarding, forwardedHeaders(forwarding));
	const timer = setTimeout(() => {
		refuse(response, idleTimeout(requestMs));
		forwarding.timedOut();
	}, requestMs);
	upstream.on('response', (answer) => {
		clearTimeout(timer);
		const status = answer.statusCode ?? 502;
		response.writeHead(status, answerHeaders(answer.headers, status, forwarding));
		// Flushed now: a stream whose first chunk takes a while has an open response meanwhile.
		response.flushHeaders();
		pipeline(answer, response, () => undefined);
	});
	upstream.on('error', () => {
		clearTimeout(timer);
		if (response.headersSent) response.destroy();
		else
			void worker.verdict().then((refusal) => {
				if (!response.destroyed) refuse(response, refusal);
			});
	});
	response.on('close', () => {
		clearTimeout(timer);
		upstream.destroy();
		end();
	});
	pipeline(request, upstream, () => undefined);
}

/** A WebSocket: after the handshake only bytes, in both directions. */
export function forwardUpgrade(forwarding: Forwarding, socket: Duplex, head: Buffer): void {
	const end = forwarding.worker.begin();
	const { connection, upgrade } = forwarding.request.headers;
	const upstream = send(forwarding, { ...forwardedHeaders(forwarding), connection, upgrade });
	upstream.on('upgrade', (answer, peer, first) => {
		socket.write(headOf(answer));
		if (first.length > 0) socket.write(first);
		if (head.length > 0) peer.write(head);
		pipeline(socket, peer, () => undefined);
		pipeline(peer, socket, () => undefined);
	});
	// It did not want a socket.
	upstream.on('response', (answer) => {
		socket.write(headOf(answer));
		pipeline(answer, socket, () => undefined);
	});
	upstream.on('error', () => socket.destroy());
	socket.on('close', () => {
		upstream.destroy();
		end();
	});
	upstream.end();
}

function send(
	{ request, path, port, agent }: Forwarding,
	headers: OutgoingHttpHeaders
): ClientRequest {
	return httpRequest({
		host: '127.0.0.1',
		port,
		path,
		agent,
		...(request.method === undefined ? {} : { method: request.method }),
		headers
	});
}

function forwardedHeaders({ request, id, worker }: Forwarding): OutgoingHttpHeaders {
	return {
		...withoutHopByHop(request.headers),
		// Without it Node would send the body of a chunked DELETE unframed.
		...(request.headers['transfer-encoding'] ? { 'transfer-encoding': 'chunked' } : {}),
		// Written over, never appended to: functions count requests by this address.
		'x-forwarded-for': peerAddress(request),
		'x-forwarded-proto': 'http',
		'x-forwarded-host': request.headers.host,
		'x-forwarded-port': String(request.socket.localPort ?? ''),
		[requestIdHeader]: id,
		[secretHeader]: worker.secret
	};
}

function answerHeaders(
	headers: OutgoingHttpHeaders,
	status: number,
	{ id, worker }: Forwarding
): OutgoingHttpHeaders {
	const answered = {
		...withoutHopByHop(headers),
		[requestIdHeader]: id,
		'x-deno-execution-id': worker.executionId,
		'x-sb-edge-region': 'local',
		'x-served-by': 'supabase-edge-runtime'
	};
	if (status < 500 || headers['sb-error-code'] !== undefined) return answered;
	const exposed = [headers['access-control-expose-headers'] ?? [], 'sb-error-code'].flat();
	return {
		...answered,
		'sb-error-code': 'EDGE_FUNCTION_ERROR',
		'access-control-expose-headers': exposed.join(', ')
	};
}

function withoutHopByHop(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
	return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)));
}

function headOf({ statusCode = 502, statusMessage = '', rawHeaders }: IncomingMessage): string {
	const fields = rawHeaders.flatMap((name, index) =>
		index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1] ?? ''}`] : []
	);
	return [`HTTP/1.1 ${statusCode} ${statusMessage}`, ...fields, '', ''].join('\r\n');
}

export function peerAddress(request: IncomingMessage): string {
	return (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

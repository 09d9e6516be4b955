import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { readFunctionSecrets, readFunctions, unlistedFunctions } from './functions/config.ts';
import { Supervisor } from './functions/supervisor.ts';

export interface FunctionsOptions {
	/** The folder that holds `supabase/config.toml` and `functions/`. */
	root: string;
	env: Record<string, string>;
	/** Rejects when the token is not one of ours or has expired. */
	verifyToken: (token: string) => Promise<unknown>;
	log?: (line: string) => void;
	/** How long a request waits for a process that is being (re)started. */
	patienceMs?: number;
}

export interface Functions {
	names: string[];
	/** Answers `/functions/v1/NAME…`. */
	handle: (request: IncomingMessage, response: ServerResponse) => void;
	/** The Deno process that serves now. */
	pid: () => number | undefined;
	/** Resolves when the process has bound its port. */
	ready: () => Promise<void>;
	close: () => Promise<void>;
}

export const functionsPrefix = '/functions/v1';

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

export function startFunctions(options: FunctionsOptions): Functions {
	const { root, verifyToken, log = () => null, patienceMs = 10_000 } = options;
	const functions = readFunctions(root);
	for (const name of unlistedFunctions(root, functions))
		log(`functions/${name} is not in supabase/config.toml, so it is neither served nor deployed`);
	const secret = randomUUID();
	const supervisor = new Supervisor({
		root,
		env: { ...readFunctionSecrets(root), ...options.env },
		config: {
			secret,
			functions: Object.fromEntries(
				[...functions].map(([name, { entrypoint }]) => [name, pathToFileURL(entrypoint).href])
			)
		},
		log
	});
	// Deno may close an idle connection at any time; not keeping them long avoids that race.
	const agent = new Agent({ keepAlive: true, timeout: 4_000 });

	async function authorize(request: IncomingMessage, name: string): Promise<string | null> {
		// A preflight carries no credentials; the function answers it.
		if (request.method === 'OPTIONS' || functions.get(name)?.verifyJwt === false) return null;
		const header = request.headers.authorization;
		if (header === undefined) return 'Missing authorization header';
		const token = /^Bearer\s+(\S+)$/i.exec(header)?.[1];
		if (token === undefined) return 'Invalid JWT';
		return verifyToken(token).then(
			() => null,
			() => 'Invalid JWT'
		);
	}

	async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const path = (request.url ?? '/').slice(functionsPrefix.length);
		const name = /^\/([^/?]*)/.exec(path)?.[1] ?? '';
		if (!functions.has(name)) {
			refuse(response, 404, 'NOT_FOUND', 'Requested function was not found');
			return;
		}
		const refusal = await authorize(request, name);
		if (refusal !== null) {
			refuse(response, 401, 401, refusal);
			return;
		}
		const port = await withPatience(supervisor.port, patienceMs);
		if (port === null)
			refuse(response, 503, 'BOOT_ERROR', 'Worker failed to boot (please check logs)');
		else forward({ request, response, path, port, secret, agent, log });
	}

	return {
		names: [...functions.keys()],
		handle: (request, response) => {
			answer(request, response).catch((error: unknown) => {
				log(String(error));
				refuse(response, 500, 'WORKER_ERROR', 'Function exited due to an error');
			});
		},
		pid: () => supervisor.pid,
		ready: () => supervisor.port.then(() => undefined),
		close: async () => {
			agent.destroy();
			await supervisor.close();
		}
	};
}

interface Forwarding {
	request: IncomingMessage;
	response: ServerResponse;
	path: string;
	port: number;
	secret: string;
	agent: Agent;
	log: (line: string) => void;
}

function forward({ request, response, path, port, secret, agent, log }: Forwarding): void {
	const upstream = httpRequest({
		host: '127.0.0.1',
		port,
		path,
		agent,
		...(request.method === undefined ? {} : { method: request.method }),
		headers: forwardedHeaders(request, secret)
	});
	upstream.on('response', (answer) => {
		const headers = withoutHopByHop(answer.headers);
		response.writeHead(answer.statusCode ?? 502, headers);
		// Flushed now: a stream whose first chunk takes a while has an open response meanwhile.
		response.flushHeaders();
		pipeline(answer, response, () => null);
	});
	upstream.on('error', (error) => {
		if (response.destroyed) return;
		log(`${request.method ?? ''} ${path}: ${error.message}`);
		if (response.headersSent) response.destroy();
		else refuse(response, 500, 'WORKER_ERROR', 'Function exited due to an error');
	});
	response.on('close', () => upstream.destroy());
	pipeline(request, upstream, () => null);
}

function forwardedHeaders(request: IncomingMessage, secret: string): OutgoingHttpHeaders {
	return {
		...withoutHopByHop(request.headers),
		// Without it Node would send the body of a chunked DELETE unframed.
		...(request.headers['transfer-encoding'] ? { 'transfer-encoding': 'chunked' } : {}),
		// Written over, never appended to: functions count requests by this address.
		'x-forwarded-for': peerAddress(request),
		'x-forwarded-proto': 'http',
		'x-forwarded-host': request.headers.host,
		'x-stack-secret': secret
	};
}

function withoutHopByHop(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
	return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)));
}

export function peerAddress(request: IncomingMessage): string {
	return (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

function refuse(
	response: ServerResponse,
	status: number,
	code: string | number,
	message: string
): void {
	if (response.headersSent) {
		response.destroy();
		return;
	}
	response.writeHead(status, { 'content-type': 'application/json' });
	response.end(JSON.stringify({ code, message }));
}

/** Null when the process does not come up in time or the stack is closing. */
async function withPatience(port: Promise<number>, ms: number): Promise<number | null> {
	const { promise: late, resolve } = Promise.withResolvers<null>();
	const timer = setTimeout(() => resolve(null), ms);
	const result = await Promise.race([port.catch(() => null), late]);
	clearTimeout(timer);
	return result;
}

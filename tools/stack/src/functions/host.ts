/**
 * Runs inside Deno: one process that serves one edge function. Its first line of stdin is the
 * configuration, later ones are orders; the end of stdin means that the stack is gone, and this
 * process goes with it. What it tells the stack are lines of stdout that begin with the secret.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { format } from 'node:util';

interface ServeInfo {
	remoteAddr: unknown;
}
type Handler = (request: Request, info: ServeInfo) => Response | Promise<Response>;
interface ServeOptions {
	port: number;
	hostname: string;
	onListen: (address: { port: number }) => void;
}
/** The part of Deno's API that is used here, so that the file is checked with the rest of the stack. */
interface DenoApi {
	serve: (options: ServeOptions, handler: Handler) => unknown;
	stdin: { readable: ReadableStream<Uint8Array> };
	stdout: { writeSync: (bytes: Uint8Array) => number };
	env: {
		toObject: () => Record<string, string>;
		set: (name: string, value: string) => void;
		delete: (name: string) => void;
	};
	exit: (code?: number) => never;
}

export interface HostConfig {
	/** Only the stack knows it: nobody else on this machine may call a function past `verify_jwt`. */
	secret: string;
	/** File URL. */
	entrypoint: string;
	/** All that the function finds in its environment. */
	env: Record<string, string>;
}
export type LogLevel = 'debug' | 'info' | 'warning' | 'error';
type Log = (level: LogLevel, ...values: unknown[]) => void;
export type HostMessage =
	| { type: 'ready'; port: number }
	| { type: 'failed' }
	| { type: 'pong' }
	| { type: 'background'; pending: number }
	| { type: 'log'; level: LogLevel; request: string | null; text: string };
export type HostOrder = { type: 'ping' } | { type: 'shutdown'; reason: string };

export const secretHeader = 'x-stack-secret';
export const requestIdHeader = 'sb-request-id';
/** As hosted: what is longer is cut. */
const longestLine = 10_000;

const deno = (globalThis as unknown as { Deno?: DenoApi }).Deno;
if (deno) await main(deno);

async function main(deno: DenoApi): Promise<void> {
	const { serve, exit } = deno;
	const lines = readLines(deno)[Symbol.asyncIterator]();
	const first = await lines.next();
	if (first.done) exit(1);
	const { secret, entrypoint, env } = JSON.parse(first.value as string) as HostConfig;
	const tell = teller(deno, secret);
	const request = new AsyncLocalStorage<string>();
	const log: Log = (level, ...values) => {
		const text = format(...values).slice(0, longestLine);
		tell({ type: 'log', level, request: request.getStore() ?? null, text });
	};
	replaceEnvironment(deno, env);
	replaceConsole(log);
	endWhenUncaught(deno, log);
	const background = installBackground(tell, log);
	const handler = await importHandler(entrypoint, captureServe(deno)).catch((error: unknown) => {
		log('error', 'cannot be started:', error);
		tell({ type: 'failed' });
		return exit(1);
	});
	const respond = respondWith(handler, log);
	serve(
		{ port: 0, hostname: '127.0.0.1', onListen: ({ port }) => tell({ type: 'ready', port }) },
		(call, info) =>
			call.headers.get(secretHeader) === secret
				? request.run(call.headers.get(requestIdHeader) ?? '', respond, call, info)
				: failure(403, 'FORBIDDEN', 'Functions are called through the gateway')
	);
	for (let line = await lines.next(); !line.done; line = await lines.next()) {
		const order = JSON.parse(line.value) as HostOrder;
		if (order.type === 'ping') tell({ type: 'pong' });
		else void leave(order.reason, background).then(() => exit(0));
	}
	exit(0);
}

function respondWith(handler: Handler, log: Log) {
	return async (call: Request, info: ServeInfo): Promise<Response> => {
		try {
			return await handler(call, info);
		} catch (error) {
			log('error', error);
			return failure(500, 'WORKER_ERROR', 'Function exited due to an error (please check logs)');
		}
	};
}

/** As hosted. The function runs in this process alone. */
function endWhenUncaught({ exit }: DenoApi, log: Log): void {
	for (const event of ['unhandledrejection', 'error'])
		globalThis.addEventListener(event, (raised) => {
			raised.preventDefault();
			const { reason, error } = raised as { reason?: unknown; error?: unknown } & Event;
			log('error', 'uncaught:', reason ?? error ?? raised);
			exit(1);
		});
}

async function importHandler(entrypoint: string, captured: { handler: Handler | null }) {
	const module = (await import(entrypoint)) as { default?: { fetch?: Handler } };
	const handler = module.default?.fetch?.bind(module.default) ?? captured.handler;
	if (!handler) throw new Error('neither `export default { fetch }` nor Deno.serve');
	return handler;
}

/** The function's own `Deno.serve` says what to call; this host listens. */
function captureServe(deno: DenoApi): { handler: Handler | null } {
	const captured: { handler: Handler | null } = { handler: null };
	Object.assign(deno, {
		serve: (first: Handler | { handler?: Handler }, second?: Handler) => {
			captured.handler = typeof first === 'function' ? first : (second ?? first.handler ?? null);
			return { finished: new Promise(() => null), shutdown: () => Promise.resolve() };
		},
		exit: (code = 0) => {
			throw new Error(`Deno.exit(${code}): a function must not end the process`);
		}
	});
	return captured;
}

function installBackground(tell: (message: HostMessage) => void, log: Log): Set<Promise<unknown>> {
	const pending = new Set<Promise<unknown>>();
	const changed = () => tell({ type: 'background', pending: pending.size });
	const waitUntil = (task: Promise<unknown>): Promise<unknown> => {
		const settled: Promise<unknown> = Promise.resolve(task)
			.catch((error: unknown) => log('error', 'waitUntil:', error))
			.finally(() => {
				pending.delete(settled);
				changed();
			});
		pending.add(settled);
		changed();
		return task;
	};
	Object.assign(globalThis, { EdgeRuntime: { waitUntil } });
	return pending;
}

/** Tells the function why it ends and lets its background work finish; the stack sets the limit. */
async function leave(reason: string, background: Set<Promise<unknown>>): Promise<void> {
	globalThis.dispatchEvent(new CustomEvent('beforeunload', { detail: { reason } }));
	while (background.size > 0) await Promise.all(background);
}

function replaceEnvironment({ env }: DenoApi, wanted: Record<string, string>): void {
	for (const name of Object.keys(env.toObject())) env.delete(name);
	for (const [name, value] of Object.entries(wanted)) env.set(name, value);
}

function replaceConsole(log: Log): void {
	const levels = { debug: 'debug', log: 'info', info: 'info', warn: 'warning', error: 'error' };
	for (const [method, level] of Object.entries(levels))
		Object.assign(console, {
			[method]: (...values: unknown[]) => log(level as LogLevel, ...values)
		});
}

function teller(deno: DenoApi, secret: string): (message: HostMessage) => void {
	const encoder = new TextEncoder();
	return (message) => {
		let bytes = encoder.encode(`${secret} ${JSON.stringify(message)}\n`);
		while (bytes.length > 0) bytes = bytes.subarray(deno.stdout.writeSync(bytes));
	};
}

async function* readLines(deno: DenoApi): AsyncGenerator<string> {
	const decoder = new TextDecoderStream() as TransformStream<Uint8Array, string>;
	let rest = '';
	for await (const chunk of deno.stdin.readable.pipeThrough(decoder)) {
		const parts = (rest + chunk).split('\n');
		rest = parts.pop() ?? '';
		yield* parts;
	}
}

function failure(status: number, code: string, message: string): Response {
	return Response.json({ code, message }, { status, headers: { 'sb-error-code': code } });
}

/**
 * Runs inside Deno: one process that serves every edge function. Its first line of stdin is the
 * configuration; the end of stdin means that the stack is gone, and this process goes with it.
 */
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
	exit: (code?: number) => never;
}
export interface HostConfig {
	/** Only the gateway knows it: nobody else on this machine may call a function past `verify_jwt`. */
	secret: string;
	/** Function name → file URL of its entrypoint. */
	functions: Record<string, string>;
}

const deno = (globalThis as unknown as { Deno: DenoApi }).Deno;
const { serve, exit } = deno;

class Functions {
	readonly #entrypoints: Map<string, string>;
	readonly #handlers = new Map<string, Promise<Handler>>();
	#imports: Promise<unknown> = Promise.resolve();
	#captured: Handler | null = null;

	constructor(entrypoints: Record<string, string>) {
		this.#entrypoints = new Map(Object.entries(entrypoints));
		this.#installGlobals();
	}

	/** Imports all, so that a broken function is in the log at the start and not at its first call. */
	async warm(): Promise<void> {
		for (const name of this.#entrypoints.keys())
			await this.#handler(name).catch((error: unknown) => console.error(`[${name}]`, error));
	}

	async respond(request: Request, info: ServeInfo): Promise<Response> {
		const name = new URL(request.url).pathname.split('/')[1] ?? '';
		if (!this.#entrypoints.has(name))
			return failure(404, 'NOT_FOUND', 'Requested function was not found');
		let handler: Handler;
		try {
			handler = await this.#handler(name);
		} catch (error) {
			console.error(`[${name}]`, error);
			return failure(503, 'BOOT_ERROR', 'Worker failed to boot (please check logs)');
		}
		try {
			return await handler(request, info);
		} catch (error) {
			console.error(`[${name}]`, error);
			return failure(500, 'WORKER_ERROR', 'Function exited due to an error (please check logs)');
		}
	}

	#handler(name: string): Promise<Handler> {
		let handler = this.#handlers.get(name);
		if (!handler) {
			// One import at a time: `Deno.serve` does not say which module calls it.
			handler = this.#imports.then(() => this.#import(name));
			this.#imports = handler.catch(() => null);
			this.#handlers.set(name, handler);
		}
		return handler;
	}

	async #import(name: string): Promise<Handler> {
		this.#captured = null;
		const module = (await import(this.#entrypoints.get(name) ?? '')) as {
			default?: { fetch?: Handler };
		};
		const fetch = module.default?.fetch?.bind(module.default);
		const handler = fetch ?? (this.#captured as Handler | null);
		if (!handler) throw new Error('neither `export default { fetch }` nor Deno.serve');
		return handler;
	}

	#installGlobals(): void {
		Object.assign(deno, {
			serve: (first: Handler | { handler?: Handler }, second?: Handler) => {
				this.#captured = typeof first === 'function' ? first : (second ?? first.handler ?? null);
				return { finished: new Promise(() => null), shutdown: () => Promise.resolve() };
			},
			exit: (code = 0) => {
				throw new Error(`Deno.exit(${code}): a function must not end the process`);
			}
		});
		Object.assign(globalThis, {
			EdgeRuntime: {
				waitUntil(task: Promise<unknown>) {
					task.catch((error: unknown) => console.error('[background]', error));
					return task;
				}
			}
		});
	}
}

function failure(status: number, code: string, message: string): Response {
	return Response.json({ code, message }, { status });
}

async function readConfig(lines: AsyncIterator<string>): Promise<HostConfig> {
	let text = '';
	while (!text.includes('\n')) {
		const chunk = await lines.next();
		if (chunk.done) exit(1);
		text += chunk.value as string;
	}
	return JSON.parse(text) as HostConfig;
}

const stdin = deno.stdin.readable.pipeThrough(
	new TextDecoderStream() as TransformStream<Uint8Array, string>
);
const lines = stdin[Symbol.asyncIterator]();
const config = await readConfig(lines);
const functions = new Functions(config.functions);

// A rejected background task or a throwing timer belongs to one function; the others keep serving.
for (const event of ['unhandledrejection', 'error'])
	globalThis.addEventListener(event, (raised) => {
		console.error('[unhandled]', (raised as PromiseRejectionEvent).reason ?? raised);
		raised.preventDefault();
	});

serve(
	{
		port: 0,
		hostname: '127.0.0.1',
		onListen: ({ port }) => console.log(`listening ${port}`)
	},
	(request, info) => {
		if (request.headers.get('x-stack-secret') !== config.secret)
			return failure(403, 'FORBIDDEN', 'Functions are called through the gateway');
		return functions.respond(request, info);
	}
);
void functions.warm();

while (!(await lines.next()).done);
exit(0);

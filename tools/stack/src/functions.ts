import { randomUUID } from 'node:crypto';
import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { authorize, type VerifyToken } from './functions/authorize.ts';
import { Deployments } from './functions/deployments.ts';
import { forward, forwardUpgrade, type Forwarding } from './functions/forward.ts';
import { notFound, Refused, refuse, workerError, type Refusal } from './functions/refusal.ts';
import type { Limits } from './functions/worker.ts';

export { peerAddress } from './functions/forward.ts';

export interface FunctionsOptions {
	/** The folder that holds `supabase/config.toml` and `functions/`. */
	root: string;
	env: Record<string, string>;
	verifyToken: VerifyToken;
	log?: (line: string) => void;
	/** Where each function has a log file of its own; none are kept when absent. */
	logDirectory?: string;
	limits?: Partial<Limits>;
}

export interface Functions {
	/** Those that config.toml names now. */
	names: () => string[];
	/** Answers `/functions/v1/NAME…`. */
	handle: (request: IncomingMessage, response: ServerResponse) => void;
	/** The same for a WebSocket. */
	upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
	/** The Deno process that serves the function now; none before its first request. */
	pid: (name: string) => number | undefined;
	close: () => Promise<void>;
}

export const functionsPrefix = '/functions/v1';

/** As on the paid plan of a hosted project, where that has such a limit. */
const hostedLimits: Limits = {
	memoryMb: 256,
	requestMs: 150_000,
	wallClockMs: 400_000,
	blockedMs: 10_000,
	idleMs: 300_000,
	bootMs: 10_000,
	workers: 16
};

/** Serves the project's edge functions, each in a process of its own that its first request starts. */
export function startFunctions(options: FunctionsOptions): Functions {
	const { root, env, verifyToken, log = () => undefined, logDirectory = null } = options;
	const limits = { ...hostedLimits, ...options.limits };
	const deployments = new Deployments({ root, env, log, logDirectory, limits });
	// Deno may close an idle connection at any time; not keeping them long avoids that race.
	const agent = new Agent({ keepAlive: true, timeout: 4_000 });

	/** Where a request goes. Throws a Refused. */
	async function route(request: IncomingMessage): Promise<Forwarding> {
		const path = (request.url ?? '/').slice(functionsPrefix.length);
		const deployment = deployments.get(/^\/([^/?]*)/.exec(path)?.[1] ?? '');
		if (!deployment) throw new Refused(notFound);
		if (deployment.config.verifyJwt) await authorize(request, verifyToken);
		const { worker, port } = await deployment.acquire();
		return {
			...{ request, path, port, worker, agent },
			id: randomUUID(),
			requestMs: limits.requestMs,
			timedOut: () => deployment.replace('wall_clock')
		};
	}

	function refusalFor(error: unknown): Refusal {
		if (error instanceof Refused) return error.refusal;
		log(String(error));
		return workerError;
	}

	return {
		names: () => deployments.names(),
		handle: (request, response) =>
			void route(request).then(
				(forwarding) => {
					// Its client may have left while the worker started.
					if (!response.destroyed) forward(forwarding, response);
				},
				(error: unknown) => refuse(response, refusalFor(error))
			),
		upgrade: (request, socket, head) =>
			void route(request).then(
				(forwarding) => forwardUpgrade(forwarding, socket, head),
				(error: unknown) => {
					const { status, code } = refusalFor(error);
					socket.end(`HTTP/1.1 ${status} ${code}\r\nconnection: close\r\n\r\n`);
				}
			),
		pid: (name) => deployments.get(name)?.worker?.pid,
		close: async () => {
			await deployments.close();
			agent.destroy();
		}
	};
}

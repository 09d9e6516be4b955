import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { ChildProcess } from 'node:child_process';
import { spawnDeno } from './deno.ts';
import type { HostConfig, HostMessage, HostOrder, LogLevel } from './host.ts';
import type { Leash } from './leash.ts';
import { bootError, Refused, resourceLimit, workerError, type Refusal } from './refusal.ts';

export interface Limits {
	/** Of V8's heap; a worker whose resident memory is 128 MB above it is ended as well. */
	memoryMb: number;
	/** How long a request may wait for the head of its answer. */
	requestMs: number;
	/** How long one request, with its answer's stream, or background work may take. */
	wallClockMs: number;
	/** How long an event loop may stand still. */
	blockedMs: number;
	/** A worker without work is retired after this. */
	idleMs: number;
	bootMs: number;
	/** Workers at the same time, of all functions. */
	workers: number;
}

export interface WorkerOptions {
	root: string;
	entrypoint: string;
	env: Record<string, string>;
	limits: Limits;
	leash: Leash;
	log: (level: LogLevel, request: string | null, text: string) => void;
}

const goodbyeMs = 2_000;
const verdictMs = 1_000;
const megabyte = 1024 * 1024;
/** What Deno takes besides the heap of the function. */
const runtimeMb = 128;

/** One Deno process that serves one function, from its start to its end; it is not started again. */
export class Worker {
	readonly secret = randomUUID();
	/** Its port; rejects with the refusal that a waiting request is answered with. */
	readonly ready: Promise<number>;
	readonly exited: Promise<void>;
	lastUsed = performance.now();
	over = false;
	/** It takes no more requests. */
	retired = false;

	readonly #options: WorkerOptions;
	readonly #child: ChildProcess;
	readonly #ready = Promise.withResolvers<number>();
	readonly #exited = Promise.withResolvers<undefined>();
	readonly #work = new Set<{ since: number }>();
	readonly #bootTimer: NodeJS.Timeout;
	#background: { since: number; pending: number } | null = null;
	#asked: number | null = null;
	#leaving = false;
	/** What the function is told. */
	#reason = 'early_drop';
	#failure: Refusal = workerError;

	constructor(options: WorkerOptions) {
		this.#options = options;
		this.ready = this.#ready.promise;
		this.ready.catch(() => undefined); // it may fail before anybody waits
		this.exited = this.#exited.promise;
		this.#child = this.#spawn();
		this.#bootTimer = setTimeout(
			() => this.#kill(bootError, 'starting takes too long'),
			options.limits.bootMs
		);
	}

	get pid(): number | undefined {
		return this.#child.pid;
	}

	get executionId(): string {
		return this.#options.env['SB_EXECUTION_ID'] ?? '';
	}

	get busy(): boolean {
		return this.#work.size > 0 || this.#background !== null;
	}

	/** Counts one request until the result is called. */
	begin(): () => void {
		const work = { since: performance.now() };
		this.#work.add(work);
		return () => {
			this.lastUsed = performance.now();
			if (this.#work.delete(work)) this.#leaveWhenIdle();
		};
	}

	/** Why a request that broke off broke off: known for sure once the process is gone. */
	async verdict(): Promise<Refusal> {
		const { promise: late, resolve } = Promise.withResolvers<undefined>();
		const timer = setTimeout(() => resolve(undefined), verdictMs);
		await Promise.race([this.exited, late]);
		clearTimeout(timer);
		return this.#failure;
	}

	/** No new requests; it ends when those under way are answered and the background work is done. */
	retire(reason: string): void {
		if (this.retired) return;
		this.retired = true;
		this.#reason = reason;
		this.#leaveWhenIdle();
	}

	/** Called now and then. */
	check(now: number): void {
		if (this.over) return;
		const { blockedMs, wallClockMs, idleMs, memoryMb } = this.#options.limits;
		if (this.#asked !== null && now - this.#asked > blockedMs)
			this.#kill(resourceLimit, `its event loop stood still for ${blockedMs} ms`);
		else if (residentMb(this.pid) > memoryMb + runtimeMb)
			this.#kill(resourceLimit, `it took more than ${memoryMb} MB of memory`);
		else if (this.#oldest(now) > wallClockMs) {
			this.#options.log('error', null, `wall clock limit of ${wallClockMs / 1000} s reached`);
			this.retired = true;
			this.#leave('wall_clock', resourceLimit);
		} else if (!this.busy && now - this.lastUsed > idleMs) this.retire('early_drop');
		else if (this.#asked === null) {
			this.#asked = now;
			this.#order({ type: 'ping' });
		}
	}

	async close(): Promise<void> {
		this.retired = true;
		this.#leave('termination', workerError);
		await this.exited;
	}

	#oldest(now: number): number {
		const since = [...this.#work, ...(this.#background ? [this.#background] : [])];
		return Math.max(0, ...since.map((work) => now - work.since));
	}

	#leaveWhenIdle(): void {
		if (this.retired && !this.busy) this.#leave(this.#reason, workerError);
	}

	/** The function hears of it and may finish what it does, for a moment. */
	#leave(reason: string, failure: Refusal): void {
		if (this.over || this.#leaving) return;
		this.#leaving = true;
		this.#failure = failure;
		this.#order({ type: 'shutdown', reason });
		const force = setTimeout(() => this.#child.kill('SIGKILL'), goodbyeMs);
		void this.exited.then(() => clearTimeout(force));
	}

	#kill(failure: Refusal, why: string): void {
		this.#options.log('error', null, `${why}; it is ended`);
		this.retired = true;
		this.#leaving = true;
		this.#failure = failure;
		this.#child.kill('SIGKILL');
	}

	#order(order: HostOrder): void {
		this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
	}

	#spawn(): ChildProcess {
		const { root, entrypoint, env, limits, leash } = this.#options;
		const child = spawnDeno({ root, entrypoint, memoryMb: limits.memoryMb });
		if (child.pid !== undefined) leash.add(child.pid);
		// The process may be dead before it has read its configuration; 'exit' deals with that.
		child.stdin?.on('error', () => undefined);
		const config: HostConfig = {
			secret: this.secret,
			entrypoint: pathToFileURL(entrypoint).href,
			env
		};
		child.stdin?.write(`${JSON.stringify(config)}\n`);
		readLines(child.stdout, (line) => this.#heard(line));
		readLines(child.stderr, (line) => {
			// V8 says it right before it aborts.
			if (/out of memory/i.test(line)) this.#failure = resourceLimit;
			this.#options.log('error', null, line);
		});
		child.once('error', (error) => this.#ended(`could not start: ${error.message}`));
		child.once('close', (code, signal) =>
			this.#ended(`ended by ${signal ?? `exit code ${code ?? '?'}`}`)
		);
		return child;
	}

	/** A line of ours, or whatever the function writes past `console`. */
	#heard(line: string): void {
		const at = line.indexOf(`${this.secret} {`);
		if (at !== 0 && line !== '') this.#options.log('info', null, at < 0 ? line : line.slice(0, at));
		if (at < 0) return;
		const message = JSON.parse(line.slice(at + this.secret.length + 1)) as HostMessage;
		if (message.type === 'ready') {
			clearTimeout(this.#bootTimer);
			this.#ready.resolve(message.port);
		} else if (message.type === 'failed') this.#failure = bootError;
		else if (message.type === 'pong') this.#asked = null;
		else if (message.type === 'background') this.#backgroundIs(message.pending);
		else this.#options.log(message.level, message.request, message.text);
	}

	#backgroundIs(pending: number): void {
		this.lastUsed = performance.now();
		if (pending === 0) {
			this.#background = null;
			this.#leaveWhenIdle();
		} else this.#background = { since: this.#background?.since ?? performance.now(), pending };
	}

	#ended(how: string): void {
		if (this.over) return;
		this.over = true;
		clearTimeout(this.#bootTimer);
		if (this.pid !== undefined) this.#options.leash.remove(this.pid);
		if (!this.#leaving) this.#options.log('error', null, `its process ${how}`);
		this.#ready.reject(new Refused(this.#failure === workerError ? bootError : this.#failure));
		this.#exited.resolve(undefined);
	}
}

function readLines(stream: NodeJS.ReadableStream | null, each: (line: string) => void): void {
	if (stream) createInterface({ input: stream }).on('line', each);
}

/** 0 where the system does not say. */
function residentMb(pid: number | undefined): number {
	if (pid === undefined || process.platform !== 'linux') return 0;
	try {
		const status = readFileSync(`/proc/${pid}/status`, 'utf8');
		return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024) / megabyte;
	} catch {
		return 0; // it ended meanwhile
	}
}

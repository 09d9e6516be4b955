import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const Running = z.object({
	pid: z.number().int(),
	/** When that process began, as the system says it: pids are used again. */
	started: z.string()
});
export type Running = z.infer<typeof Running>;

const Run = Running.extend({
	port: z.number().int(),
	url: z.string(),
	/** Starts the stack again when it is killed, so it is the one to stop. */
	supervisor: Running.optional()
});
export type Run = z.infer<typeof Run>;

const patienceMs = 15_000;

/** Two stacks on one data directory would destroy each other's work. */
export class AlreadyRunning extends Error {
	readonly run: Run;

	constructor(run: Run) {
		super(
			`ChatIQ already runs on this data: ${run.url} (PID ${run.pid}).\n` +
				'Use that one, or stop it: npm run stop. For a second one beside it choose another folder ' +
				'and port: npm start -- --data DIR --port 54400'
		);
		this.name = 'AlreadyRunning';
		this.run = run;
	}
}

const runFile = (dataDirectory: string) => join(dataDirectory, 'run.json');

/**
 * The stack that runs on this data, or is about to be started again by its supervisor; null when
 * there is none, also after it was killed.
 */
export function readRun(dataDirectory: string): Run | null {
	const run = readRunFile(dataDirectory);
	if (!run) return null;
	if (isRunning(run)) return run;
	const { supervisor } = run;
	const comesBack = supervisor && supervisor.pid !== process.ppid && isRunning(supervisor);
	return comesBack ? run : null;
}

/** Takes the data directory until the result is called. */
export function claimDataDirectory(
	dataDirectory: string,
	{ port, url, supervisorPid }: { port: number; url: string; supervisorPid?: number | undefined }
): () => void {
	mkdirSync(dataDirectory, { recursive: true });
	const file = runFile(dataDirectory);
	const supervisor = supervisorPid === undefined ? {} : { supervisor: describe(supervisorPid) };
	const mine: Run = { ...describe(process.pid), port, url, ...supervisor };
	const write = () => writeFileSync(file, `${JSON.stringify(mine, null, '\t')}\n`, { flag: 'wx' });
	try {
		write();
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		const other = readRun(dataDirectory);
		if (other) throw new AlreadyRunning(other);
		rmSync(file, { force: true });
		write();
	}
	return () => {
		const current = readRunFile(dataDirectory);
		if (current?.pid === mine.pid && current.url === mine.url) rmSync(file, { force: true });
	};
}

/**
 * Makes way for a new start: a stack whose supervisor was killed is ending by itself, and is ended
 * when it does not. One that is supervised, or was started without, is somebody's and stays.
 */
export async function takeOver(dataDirectory: string): Promise<void> {
	const run = readRun(dataDirectory);
	if (!run) return;
	if (!run.supervisor || isRunning(run.supervisor)) throw new AlreadyRunning(run);
	if (await ended(run, patienceMs)) return;
	process.kill(run.pid, 'SIGKILL');
	if (!(await ended(run, patienceMs))) throw new AlreadyRunning(run);
}

/** False when it still runs after this time. */
export async function ended(running: Running, timeoutMs: number): Promise<boolean> {
	const deadline = performance.now() + timeoutMs;
	while (isRunning(running)) {
		if (performance.now() > deadline) return false;
		await sleep(50);
	}
	return true;
}

export function isRunning({ pid, started }: Running): boolean {
	return processStart(pid) === started;
}

function describe(pid: number): Running {
	return { pid, started: processStart(pid) ?? '' };
}

/** What the file says, whether that process still runs or not. */
export function readRunFile(dataDirectory: string): Run | null {
	let text: string;
	try {
		text = readFileSync(runFile(dataDirectory), 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
		throw error;
	}
	try {
		return Run.parse(JSON.parse(text));
	} catch {
		return null; // its writer was killed in the middle
	}
}

/** Null when there is no such process. */
function processStart(pid: number): string | null {
	try {
		if (process.platform === 'linux') {
			const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
			// The name in the second field may hold spaces and parentheses; the rest is counted after it.
			const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
			// A leader is dead before its last thread, and its children are not let go until that one is, too.
			const dead = fields[0] === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1;
			return dead ? null : (fields[19] ?? null);
		}
		if (process.platform !== 'win32')
			return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
				encoding: 'utf8',
				stdio: 'pipe',
				env: { ...process.env, LC_ALL: 'C' }
			}).trim();
		process.kill(pid, 0);
		return 'alive';
	} catch {
		return null; // no such process
	}
}

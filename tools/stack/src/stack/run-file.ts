import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Run = z.object({
	pid: z.number().int(),
	/** When that process began, as the system says it: pids are used again. */
	started: z.string(),
	port: z.number().int(),
	url: z.string()
});
export type Run = z.infer<typeof Run>;

/** Two stacks on one data directory would destroy each other's work. */
export class AlreadyRunning extends Error {
	readonly run: Run;

	constructor(run: Run) {
		super(
			`ChatIQ already runs on this data: ${run.url} (PID ${run.pid}).\n` +
				'Use that one, or stop it with Ctrl-C where it runs.'
		);
		this.name = 'AlreadyRunning';
		this.run = run;
	}
}

const runFile = (dataDirectory: string) => join(dataDirectory, 'run.json');

/** The stack that runs on this data; null when there is none, also after it was killed. */
export function readRun(dataDirectory: string): Run | null {
	const run = readRunFile(dataDirectory);
	return run && processStart(run.pid) === run.started ? run : null;
}

/** Takes the data directory until the result is called. */
export function claimDataDirectory(
	dataDirectory: string,
	address: { port: number; url: string }
): () => void {
	mkdirSync(dataDirectory, { recursive: true });
	const file = runFile(dataDirectory);
	const mine: Run = { pid: process.pid, started: processStart(process.pid) ?? '', ...address };
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

function readRunFile(dataDirectory: string): Run | null {
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
			return fields[0] === 'Z' ? null : (fields[19] ?? null);
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

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Stands on the server's command line, so that a later start knows who supervised it. */
export const supervisorSetting = 'chatiq.supervisor_pid';

type RunningProcess = { parent: number; command: string };

/**
 * A Postgres that outlived its killed supervisor still holds the directory; it is stopped here.
 * One whose supervisor lives is somebody's running stack and is left alone.
 */
export async function stopOrphan(directory: string, log: (line: string) => void): Promise<void> {
	const pid = postmasterPid(directory);
	if (pid === null) return;
	const running = inspectProcess(pid);
	// The pid in a left-over file may belong to another program by now.
	if (running === null || !isPostgresOf(directory, running.command)) return;
	const supervisor = new RegExp(`${supervisorSetting}=(\\d+)`).exec(running.command)?.[1];
	if (supervisor !== undefined && Number(supervisor) === running.parent) {
		throw new Error(
			`${directory} is in use by Postgres ${pid}, started by process ${supervisor}. Stop that one first.`
		);
	}
	log(`stopping Postgres ${pid}, which a killed process left behind in ${directory}`);
	await stopProcess(pid);
}

async function stopProcess(pid: number): Promise<void> {
	for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
		try {
			process.kill(pid, signal);
		} catch (error) {
			if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return;
			throw error;
		}
		if (await waitForEnd(pid, 10_000)) return;
	}
	throw new Error(`Postgres ${pid} does not stop`);
}

async function waitForEnd(pid: number, timeoutMs: number): Promise<boolean> {
	const deadline = Date.now() + timeoutMs;
	while (Date.now() < deadline) {
		if (inspectProcess(pid) === null) return true;
		await sleep(20);
	}
	return false;
}

function postmasterPid(directory: string): number | null {
	const file = path.join(directory, 'postmaster.pid');
	if (!existsSync(file)) return null;
	const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
	return Number.isInteger(pid) && pid > 1 ? pid : null;
}

function isPostgresOf(directory: string, command: string): boolean {
	return /postgres(\.exe)?["']? /.test(command) && command.includes(` -D ${directory} `);
}

/** Null when there is no such process, or only its unreaped remains. */
function inspectProcess(pid: number): RunningProcess | null {
	if (process.platform === 'linux') return inspectOnLinux(pid);
	// On Windows Postgres itself reports a lock file that is in use.
	if (process.platform === 'win32') return null;
	try {
		const flags = ['-ww', '-o', 'ppid=,command=', '-p', String(pid)];
		const line = execFileSync('ps', flags, { encoding: 'utf8', stdio: 'pipe' });
		const [, parent, command] = /^\s*(\d+)\s+(.*)$/m.exec(line) ?? [];
		return parent === undefined ? null : { parent: Number(parent), command: `${command ?? ''} ` };
	} catch {
		return null; // `ps` fails when the process does not exist
	}
}

function inspectOnLinux(pid: number): RunningProcess | null {
	try {
		const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
		const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
		return command === '' ? null : { parent: Number(parent), command };
	} catch {
		return null; // the process ended between the two reads, or before
	}
}

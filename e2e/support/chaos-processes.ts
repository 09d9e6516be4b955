import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What may be killed, and how to find it now. */
export const victims = [
	'stack',
	'postmaster',
	'backend',
	'walsender',
	'checkpointer',
	'deno'
] as const;
export type Victim = (typeof victims)[number];

interface Processes {
	dataDirectory: string;
	supervisorPid: number;
}

/** Of this stack alone: everything is reached from its supervisor or its own `postmaster.pid`. */
export function findVictim(victim: Victim, { dataDirectory, supervisorPid }: Processes): number[] {
	const stack = children(supervisorPid);
	switch (victim) {
		case 'stack':
			return stack;
		case 'deno':
			return stack.flatMap(children).filter((pid) => /\bdeno\b/.test(commandLine(pid)));
		case 'postmaster':
			return postmaster(dataDirectory, stack);
		case 'backend':
			return serverProcesses(dataDirectory, stack, /^postgres: (?!.*walsender)\S+ postgres /);
		case 'walsender':
			return serverProcesses(dataDirectory, stack, /^postgres: walsender/);
		case 'checkpointer':
			return serverProcesses(dataDirectory, stack, /^postgres: checkpointer/);
	}
}

function serverProcesses(dataDirectory: string, stack: number[], title: RegExp): number[] {
	return postmaster(dataDirectory, stack)
		.flatMap(children)
		.filter((pid) => title.test(commandLine(pid)));
}

function postmaster(dataDirectory: string, stack: number[]): number[] {
	let text: string;
	try {
		text = readFileSync(join(dataDirectory, 'postgres/postmaster.pid'), 'utf8');
	} catch {
		return []; // it is being started again
	}
	const pid = Number(text.split('\n')[0]);
	// A killed one leaves its file; its pid may be anybody's by now.
	return stack.flatMap(children).includes(pid) ? [pid] : [];
}

function children(parent: number): number[] {
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.map(Number)
		.filter((pid) => {
			const [state, ppid] = statOf(pid);
			return state !== 'Z' && Number(ppid) === parent;
		});
}

// A process may end between the listing and the look.
function statOf(pid: number): string[] {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	} catch {
		return [];
	}
}

function commandLine(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
	} catch {
		return '';
	}
}

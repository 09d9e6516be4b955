import { readdirSync, readFileSync } from 'node:fs';

/** Deno processes of the function `worker` below this test's runner: those of its own stack. */
export function workerProcesses(): number[] {
	const parents = new Map<number, number>();
	for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
		const stat = read(`/proc/${name}/stat`);
		const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		if (state !== undefined && state !== 'Z') parents.set(Number(name), Number(parent));
	}
	const isOurs = (pid: number): boolean => {
		const parent = parents.get(pid);
		return (
			parent !== undefined && (parent === process.ppid || parent === process.pid || isOurs(parent))
		);
	};
	return [...parents.keys()].filter(
		(pid) => /\bdeno\b.*functions\/worker\b/.test(read(`/proc/${pid}/cmdline`)) && isOurs(pid)
	);
}

// A process may end between the listing and the look.
function read(file: string): string {
	try {
		return readFileSync(file, 'utf8').replaceAll('\0', ' ');
	} catch {
		return '';
	}
}

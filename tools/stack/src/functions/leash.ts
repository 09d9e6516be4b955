import { spawn, type ChildProcess } from 'node:child_process';

/**
 * A shell that kills the workers when its input ends, which is when this process is gone, killed or
 * not. A worker notices that by itself, unless its function is in an endless loop.
 */
const script = `
pids=' '
while read -r change pid; do
	case $change in
		+) pids="$pids$pid " ;;
		-) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
	esac
done
[ "$pids" = ' ' ] || kill -KILL $pids`;

export class Leash {
	readonly #pids = new Set<number>();
	#shell: ChildProcess | null = null;
	#closed = false;

	add(pid: number): void {
		this.#pids.add(pid);
		if (this.#shell) this.#tell(`+ ${pid}`);
		else this.#start();
	}

	remove(pid: number): void {
		if (this.#pids.delete(pid)) this.#tell(`- ${pid}`);
	}

	close(): void {
		this.#closed = true;
		this.#shell?.stdin?.end();
	}

	#tell(line: string): void {
		this.#shell?.stdin?.write(`${line}\n`);
	}

	#start(): void {
		if (process.platform === 'win32' || this.#closed) return;
		const shell = spawn('/bin/sh', ['-c', script], {
			stdio: ['pipe', 'ignore', 'ignore'],
			detached: true
		});
		shell.unref();
		(shell.stdin as { unref?: () => void }).unref?.();
		shell.stdin.on('error', () => undefined); // 'exit' follows
		shell.once('error', () => undefined);
		shell.once('exit', () => {
			this.#shell = null;
			if (this.#pids.size > 0) this.#start();
		});
		this.#shell = shell;
		for (const pid of this.#pids) this.#tell(`+ ${pid}`);
	}
}

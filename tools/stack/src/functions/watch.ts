import { watch, type FSWatcher } from 'node:fs';

export interface Watch {
	/** The directories from now on; those below them are not watched. */
	set: (directories: Set<string>) => void;
	close: () => void;
}

const settleMs = 40;
const pollMs = 500;

/** Says that something may have changed; what, the caller finds out. */
export function watchDirectories(changed: () => void): Watch {
	const watchers = new Map<string, FSWatcher>();
	let timer: NodeJS.Timeout | undefined;
	let poll: NodeJS.Timeout | undefined;

	const soon = () => {
		clearTimeout(timer);
		timer = setTimeout(changed, settleMs);
	};

	function add(directory: string): void {
		try {
			const watcher = watch(directory, { persistent: false }, soon);
			watcher.on('error', () => remove(directory));
			watchers.set(directory, watcher);
		} catch (error) {
			// A directory may not exist yet. The system may also have no watches left: then we look.
			if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
			poll ??= setInterval(changed, pollMs).unref();
		}
	}

	function remove(directory: string): void {
		watchers.get(directory)?.close();
		watchers.delete(directory);
	}

	return {
		set(directories) {
			for (const known of watchers.keys()) if (!directories.has(known)) remove(known);
			for (const directory of directories) if (!watchers.has(directory)) add(directory);
		},
		close() {
			clearTimeout(timer);
			clearInterval(poll);
			for (const directory of [...watchers.keys()]) remove(directory);
		}
	};
}

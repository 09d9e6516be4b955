import { existsSync } from 'node:fs';

/** The first of these that is there; without one, the run ends with a word on what to install. */
export function installed(paths: (string | undefined)[], missing: string): string {
	const path = paths.find((path) => path !== undefined && existsSync(path));
	if (path !== undefined) return path;
	console.error(missing);
	process.exit(2);
}

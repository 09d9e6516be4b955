import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface ProjectFixture {
	root: string;
	write: (path: string, text: string) => void;
	remove: () => void;
}

/** A throw-away project folder: what it contains is what the test needs, not the product's files. */
export function createProject(files: Record<string, string>): ProjectFixture {
	const root = mkdtempSync(join(tmpdir(), 'stack project '));
	const project = {
		root,
		write: (path: string, text: string) => {
			const file = join(root, path);
			mkdirSync(dirname(file), { recursive: true });
			writeFileSync(file, text);
		},
		remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
	};
	for (const [path, text] of Object.entries(files)) project.write(path, text);
	return project;
}

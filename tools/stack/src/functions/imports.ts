import { readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, resolve, sep } from 'node:path';

/** Finds a few that are none, in comments and texts, which does no harm: they name no file. */
const specifier = /(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g;

/** The project's files that a file imports, by file; good for one look at all functions, which share most. */
export type Imports = Map<string, string[]>;

/** The entrypoint and the project's own files that it imports, also those that do not exist yet. */
export function importedFiles(entrypoint: string, imports: Imports = new Map()): Set<string> {
	const found = new Set<string>();
	const visit = (file: string): void => {
		if (found.has(file)) return;
		found.add(file);
		const targets = imports.get(file) ?? importsOf(file);
		imports.set(file, targets);
		for (const target of targets) visit(target);
	};
	visit(entrypoint);
	return found;
}

function importsOf(file: string): string[] {
	return specifiersIn(file)
		.map((name) =>
			name.startsWith('.') ? resolve(dirname(file), name) : workspaceFile(file, name)
		)
		.filter((target) => target !== null);
}

/** What the files were like, to be compared with what they are like later. */
export function fingerprint(files: Iterable<string>): string {
	return [...files]
		.map((file) => {
			const stat = statSync(file, { throwIfNoEntry: false });
			return `${file} ${stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : '-'}`;
		})
		.sort()
		.join('\n');
}

function specifiersIn(file: string): string[] {
	let text: string;
	try {
		text = readFileSync(file, 'utf8');
	} catch {
		return []; // it will be looked at again when it is there
	}
	return [...text.matchAll(specifier)].map(([, , name = '']) => name);
}

/** Null for what npm installed, what Deno brings, and what cannot be found. */
function workspaceFile(from: string, name: string): string | null {
	try {
		const file = createRequire(from).resolve(name);
		if (!isAbsolute(file)) return null;
		const real = realpathSync(file);
		return real.includes(`${sep}node_modules${sep}`) ? null : real;
	} catch {
		return null;
	}
}

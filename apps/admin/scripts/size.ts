import { readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';

/** What the first visit to a page may load: KB of script, brotli 11, and files. */
const budgets: Record<string, { page: string; kb: number; files: number }> = {
	'/login': { page: '/login', kb: 65, files: 16 },
	'/inbox': { page: '/(app)/inbox', kb: 95, files: 16 },
	'/inbox/…': { page: '/(app)/inbox/[conversation]', kb: 135, files: 18 }
};

interface Chunk {
	file: string;
	imports?: string[];
}

interface ServerManifest {
	client: { start: string; app: string; imports: string[] };
	nodes: (() => Promise<{ imports: string[] }>)[];
	routes: { id: string; page: { layouts: (number | undefined)[]; leaf: number } | null }[];
}

/** Kit's list of what a page preloads leaves out what a later part was found to need first: the files say it. */
async function filesOf(output: string): Promise<(page: string) => Promise<ReadonlySet<string>>> {
	const chunks = JSON.parse(readFileSync(`${output}/client/.vite/manifest.json`, 'utf8')) as Record<
		string,
		Chunk
	>;
	const byFile = new Map(Object.values(chunks).map((chunk) => [chunk.file, chunk]));
	const { manifest } = (await import(`${output}/server/manifest-full.js`)) as {
		manifest: ServerManifest;
	};
	return async (page) => {
		const nodes = manifest.routes.find(({ id }) => id === page)?.page;
		if (!nodes) throw new Error(`There is no page ${page}.`);
		const files = new Set<string>();
		const add = (file: string): void => {
			if (files.has(file)) return;
			files.add(file);
			for (const key of byFile.get(file)?.imports ?? []) {
				const imported = chunks[key];
				if (!imported) throw new Error(`The build does not list ${key}.`);
				add(imported.file);
			}
		};
		const { start, app, imports } = manifest.client;
		for (const file of [start, app, ...imports]) add(file);
		// Kit always fetches the first two, the outermost layout and the error page.
		for (const node of new Set([0, 1, ...nodes.layouts, nodes.leaf])) {
			if (node === undefined) continue;
			const loaded = await manifest.nodes[node]?.();
			for (const file of loaded?.imports ?? []) add(file);
		}
		return new Set([...files].filter((file) => file.endsWith('.js')));
	};
}

/** Prints what the pages of the built console weigh; throws above a budget. */
export async function checkSizes(output: string): Promise<void> {
	const load = await filesOf(output);
	const over: string[] = [];
	for (const [name, { page, kb, files }] of Object.entries(budgets)) {
		const loaded = await load(page);
		const bytes = [...loaded].map((file) =>
			brotliCompressSync(readFileSync(`${output}/client/${file}`))
		);
		const size = bytes.reduce((sum, { length }) => sum + length, 0) / 1024;
		// With the settings that Kit asks for.
		const count = loaded.size + 1;
		if (!(size <= kb && count <= files)) over.push(name);
		console.log(
			`${name.padEnd(10)} ${size.toFixed(1).padStart(6)} KB br of ${kb} in ${count} files of ${files}`
		);
	}
	if (over.length > 0)
		throw new Error(`Too heavy: ${over.join(', ')}. See the budgets in size.ts.`);
}

if (import.meta.main) await checkSizes(`${import.meta.dirname}/../.svelte-kit/output`);

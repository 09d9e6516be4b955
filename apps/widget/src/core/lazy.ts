/** What `scripts/build.ts` makes of a chunk: a function that is given what it shares with the panel. */
interface ChunkModule {
	default: (require: (name: string) => unknown, exports: object) => void;
}

const pausesMs = [300, 1500, 4000];

/** What lazy chunks may require: the panel itself, and one another. */
const ready = new Map<string, unknown>();

/**
 * A part of the panel that comes with its first use: `const forms = lazy(() => import('./forms/main.ts'))`, then
 * `await forms()`. Tries again by itself on a bad line; once it has given up, the next call begins anew.
 * `Lazy.svelte` shows a part and says so when it is slow or cannot be had.
 *
 * A part brings its styles (`panel.adopt(css)` of `./forms.css?inline`) and its texts in both languages, so that
 * a change of language needs no request.
 */
export function lazy<T>(load: () => Promise<T>): () => Promise<T> {
	let loading: Promise<T> | null = null;
	return () =>
		(loading ??= patiently(() => open(load)).catch((error: unknown) => {
			loading = null;
			throw error;
		}));
}

/** In the built panel the names of the chunk's files stand where the import was. */
async function open<T>(load: () => Promise<T>): Promise<T> {
	const found = load() as Promise<T> | string;
	if (typeof found !== 'string') return found;
	const files = found.split(' ');
	const [panel, ...modules] = await Promise.all([
		// This module, as whoever imported it knows it: the address may have a fragment.
		import(/* @vite-ignore */ import.meta.url) as Promise<unknown>,
		...files.map(importFile)
	]);
	ready.set('panel.js', panel);
	modules.forEach((module, index) => set(files[index] ?? '', module as ChunkModule));
	return ready.get(files.at(-1) ?? '') as T;
}

function set(file: string, { default: run }: ChunkModule): void {
	if (ready.has(file)) return;
	const exports = {};
	run((name) => ready.get(name), exports);
	ready.set(file, exports);
}

let tries = 0;

/** Browsers remember a failed import by its address, so the next try gets another fragment. */
export async function importFile(file: string): Promise<unknown> {
	const address = new URL(file, import.meta.url).href;
	try {
		return (await import(/* @vite-ignore */ address + (tries > 0 ? `#${tries}` : ''))) as unknown;
	} catch (error) {
		tries++;
		throw error;
	}
}

async function patiently<T>(task: () => Promise<T>): Promise<T> {
	for (const pauseMs of pausesMs) {
		try {
			return await task();
		} catch {
			await new Promise((resolve) => setTimeout(resolve, pauseMs));
		}
	}
	return task();
}

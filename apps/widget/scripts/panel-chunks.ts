import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { type ECMA, minify as terser } from 'terser';
import { build, type InlineConfig, type Rolldown } from 'vite';
import { leanSvelte } from './lean-svelte.ts';

type Chunk = Rolldown.OutputChunk;

export interface ChunkFile {
	/** `forms-HASH.js`: its content decides the name, so it never changes and is cached for ever. */
	name: string;
	code: string;
}

export interface PanelChunks {
	/** Without its name, since `build.ts` puts texts in. */
	panel: string;
	/** Each `lazy(() => import(…))` of the panel, and what several of them share. */
	lazy: ChunkFile[];
}

const target = 'es2022';
/** The first with `light-dark()` and `field-sizing` or a fallback for it. */
const cssTarget = ['chrome123', 'firefox120', 'safari17.5'];
const panelFile = 'panel.js';

export const widgetConfig = {
	configFile: false,
	logLevel: 'warn',
	mode: 'production',
	// The version would go into a global of the page.
	plugins: [
		svelte({ configFile: false, compilerOptions: { runes: true, discloseVersion: false } }),
		{ name: 'small-styles', enforce: 'pre', load: smallStyles }
	],
	define: { 'process.env.NODE_ENV': '"production"' },
	build: { target, cssTarget, write: false }
} satisfies InlineConfig;

/** Of `?raw`: as they stand, without comments and spaces. What Vite makes of `?inline` is 10 bytes more in the loader. */
function smallStyles(id: string): string | null {
	if (!id.endsWith('.css?raw')) return null;
	const css = readFileSync(id.replace('?raw', ''), 'utf8')
		.replace(/\/\*[^]*?\*\//g, '')
		.replace(/\s+/g, ' ')
		.replace(/ ?([{}:;,)*]) ?/g, '$1')
		.replace(/\( /g, '(')
		.replace(/ !important/g, '!important')
		.replace(/\b0\./g, '.')
		.replace(/;\}/g, '}')
		.replaceAll("'", '"')
		.trim();
	return `export default ${JSON.stringify(css)}`;
}

/**
 * The panel is an ES module. A lazy chunk is one as well, but it imports nothing: it exports a function that
 * is given what it shares with the panel (`src/core/lazy.ts` calls it). An `import` of `./panel-HASH.js` could
 * be another instance of Svelte, since the loader may have imported the panel as `panel-HASH.js#1`.
 */
export async function bundlePanel(root: string): Promise<PanelChunks> {
	const [es, cjs] = await bundleTwice(root);
	const panel = es.find(({ fileName }) => fileName === panelFile);
	if (!panel) throw new Error('There is no panel.');
	if (panel.imports.length > 0) throw new Error(`The panel imports ${panel.imports.join()}.`);
	const chunks = new Map(cjs.map((chunk) => [chunk.fileName, chunk]));
	chunks.delete(panelFile);
	const files = new Map<string, ChunkFile>();
	for (const name of chunks.keys()) await writeLazy(name, chunks, files);
	const code = await minify(withNames(panel.code, chunks, files));
	return { panel: code, lazy: [...files.values()] };
}

/** The same chunks in both formats: CommonJS reads a shared `let` where it is, however often it changes. */
async function bundleTwice(root: string): Promise<[Chunk[], Chunk[]]> {
	const output = await build({
		...widgetConfig,
		root,
		plugins: [leanSvelte(root), ...widgetConfig.plugins],
		build: {
			...widgetConfig.build,
			lib: { entry: 'src/panel/main.ts', formats: ['es', 'cjs'], fileName: () => panelFile },
			rolldownOptions: {
				// What the panel shares with lazy chunks stays in its file.
				preserveEntrySignatures: 'allow-extension',
				// Only the panel needs its own address, and the panel is taken from the other format.
				checks: { emptyImportMeta: false, bundlerTimings: false },
				output: {
					chunkFileNames: ({ facadeModuleId, name }) => `${chunkName(facadeModuleId, name)}.js`,
					exports: 'named',
					minifyInternalExports: true,
					// What parts share with the panel must not become a file between them.
					codeSplitting: { groups: [{ name: 'panel', tags: ['$initial'] }] }
				}
			}
		}
	});
	const [es, cjs] = [output].flat().map((result) => {
		if (!('output' in result)) throw new Error('The build watches.');
		return result.output.map((file) => {
			if (file.type === 'asset') throw new Error(`${file.fileName}: import CSS with ?inline.`);
			return file;
		});
	});
	if (!es || !cjs || names(es) !== names(cjs)) throw new Error('The two formats differ.');
	return [es, cjs];
}

const names = (chunks: Chunk[]) =>
	chunks
		.map(({ fileName }) => fileName)
		.sort()
		.join();

/** A feature's folder names its chunk: `forms/main.ts`. */
function chunkName(module: string | null, name: string): string {
	if (module === null) return `shared-${name}`;
	return basename(module) === 'main.ts' ? basename(dirname(module)) : name;
}

async function writeLazy(
	name: string,
	chunks: Map<string, Chunk>,
	files: Map<string, ChunkFile>,
	path: string[] = []
): Promise<void> {
	const chunk = chunks.get(name);
	if (!chunk || files.has(name)) return;
	// Each name is made of the content, and so of the names in it.
	if (path.includes(name)) throw new Error(`A circle: ${[...path, name].join(' → ')}.`);
	for (const other of [...chunk.imports, ...chunk.dynamicImports]) {
		await writeLazy(other, chunks, files, [...path, name]);
	}
	const body = withNames(chunk.code, chunks, files);
	const code = await minify(`export default(require,exports)=>{${body}\n}`);
	files.set(name, named(name.replace(/\.js$/, ''), code));
}

/** Puts the final names in: of what is required, and of what is loaded later, with all that it requires. */
function withNames(
	code: string,
	chunks: Map<string, Chunk>,
	files: Map<string, ChunkFile>
): string {
	const nameOf = (file: string) => {
		const found = files.get(file);
		if (!found) throw new Error(`${file} is needed before it is written.`);
		return found.name;
	};
	const later = (_: string, file: string) => {
		const needed = [...requirements(file, chunks)].map(nameOf);
		return `(()=>${JSON.stringify(needed.join(' '))})`;
	};
	const renamed = code
		.replace(/\(\(\) ?=> ?import\(["'`]\.\/(.+?)["'`]\)\)/g, later)
		// In a lazy chunk, which is CommonJS, the same import looks like this.
		.replace(
			/\(\(\) ?=> ?Promise\.resolve\(\)\.then\(\(\) ?=> ?require\(["'`]\.\/(.+?)["'`]\)\)\)/g,
			later
		)
		.replace(/require\(["'`]\.\/(.+?)["'`]\)/g, (whole, file: string) =>
			file === panelFile ? whole.replace('./', '') : `require("${nameOf(file)}")`
		);
	const bare = /\bimport\(["'`]\.\/(.+?)["'`]\)/.exec(renamed);
	if (bare) throw new Error(`import() of ${bare[1] ?? ''} must stand in lazy(() => import(…)).`);
	return renamed;
}

/** A chunk with all that it imports, those first. */
function requirements(name: string, chunks: Map<string, Chunk>, all = new Set<string>()) {
	for (const other of chunks.get(name)?.imports ?? []) {
		if (other !== panelFile) requirements(other, chunks, all);
	}
	return all.add(name);
}

/**
 * Properties of our own that are shortened: 0.2 KB. None of them may be a name of the browser, of what goes over
 * the line or into storage, of a component's property, or of the SDK.
 */
const ownNames =
	/^(pausedUntil|author(Kind|Id|Name)|unreadElsewhere|replyTo|conversationCount|highestSeq|hasOlder|catchUp|keyPrefix|loadingOlder|olderFailed|receiveRow|loadOlder|underWay|goLive|lossNoticed|readIfSeen|setDraft|startAnew|setAtEnd|holdsFiles|openConversation|siteName|toEnd|openSession|renewToken|receiveSite|markRead|receiveRead|receiveReaction|sendTyping|startNew|startExtras|startLater|nameOf|focusComposer)$/;

/** So that all parts of the panel call them the same. */
let shortNames: object | undefined;

/**
 * Terser names things by how often they occur, which compresses better than what Vite does: 1.2 KB of the panel.
 * Reading a property of Svelte's may do something (`pure_getters`), and each pass over the panel takes seconds.
 */
export async function minify(code: string, module = true): Promise<string> {
	const ecma: ECMA = 2020;
	const compress = { ecma, passes: 2, pure_getters: false, keep_fargs: false, unsafe_arrows: true };
	const mangle = { properties: { regex: ownNames } };
	const nameCache: { props?: object | undefined } = { props: shortNames };
	const options = { ecma, module, compress, mangle, nameCache, toplevel: module };
	const { code: small } = await terser(code, options);
	shortNames = nameCache.props;
	if (small === undefined) throw new Error('Nothing is left.');
	return small;
}

export const named = (name: string, code: string): ChunkFile => ({
	name: `${name}-${hashOf(code)}.js`,
	code
});

export const hashOf = (code: string): string =>
	createHash('sha256').update(code).digest('base64url').slice(0, 8);

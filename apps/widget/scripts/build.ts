import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { transform } from 'esbuild';
import { build, type InlineConfig } from 'vite';
import { checkSizes } from './size.ts';

const root = `${import.meta.dirname}/..`;
const dist = `${root}/dist`;
const messages = `${root}/../../packages/i18n/widget`;
const target = 'es2022';
/** The first with `light-dark()` and `field-sizing` or a fallback for it. */
const cssTarget = ['chrome123', 'firefox120', 'safari17.5'];
// The version would go into a global of the page.
const compilerOptions = { runes: true, discloseVersion: false };

interface Entry {
	file: string;
	format: 'es' | 'iife';
	define?: Record<string, string>;
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(`${dist}/widget`, { recursive: true });

const languages = { uk: writeLanguage('uk'), en: writeLanguage('en') };
const panel = writeChunk('panel', await bundle({ file: 'src/panel/main.ts', format: 'es' }));
const loader = await bundle({
	file: 'src/loader/main.ts',
	format: 'iife',
	define: { __FILES__: JSON.stringify({ ...languages, panel }) }
});
writeFileSync(`${dist}/widget.js`, loader);
checkSizes(dist);

/** Vite does not minify white space of ES libraries, so esbuild goes over it; terser would break Svelte. */
async function bundle({ file, format, define = {} }: Entry): Promise<string> {
	const config: InlineConfig = {
		root,
		configFile: false,
		logLevel: 'warn',
		mode: 'production',
		plugins: [svelte({ configFile: false, compilerOptions })],
		define: { 'process.env.NODE_ENV': '"production"', ...define },
		build: {
			target,
			cssTarget,
			write: false,
			lib: { entry: file, formats: [format], name: 'chatiq', fileName: 'chunk' }
		}
	};
	const output = [await build(config)].flat();
	const chunks = output.flatMap((result) => ('output' in result ? result.output : []));
	const [chunk, ...others] = chunks;
	if (chunk?.type !== 'chunk' || others.length > 0) throw new Error(`${file} is not one chunk`);
	if (format === 'iife') return chunk.code;
	return (await transform(chunk.code, { minify: true, target, charset: 'utf8' })).code;
}

/** The panel's texts of one language; what the loader says itself is in the loader. */
function writeLanguage(language: string): string {
	const texts = JSON.parse(readFileSync(`${messages}/${language}.json`, 'utf8')) as object;
	const own = Object.entries(texts).filter(([key]) => !key.startsWith('bubble_'));
	return writeChunk(language, `export default${JSON.stringify(Object.fromEntries(own))}`);
}

/** Named by its content: such a file never changes and is cached for ever. */
function writeChunk(name: string, code: string): string {
	const hash = createHash('sha256').update(code).digest('base64url').slice(0, 8);
	const file = `${name}-${hash}.js`;
	writeFileSync(`${dist}/widget/${file}`, code);
	return file;
}

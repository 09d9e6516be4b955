import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'vite';
import { bundlePanel, named, widgetConfig, type ChunkFile } from './panel-chunks.ts';
import { checkSizes } from './size.ts';

const root = `${import.meta.dirname}/..`;
const dist = `${root}/dist`;
const messages = `${root}/../../packages/i18n/widget`;

rmSync(dist, { recursive: true, force: true });
mkdirSync(`${dist}/widget`, { recursive: true });

const { panel, lazy } = await bundlePanel(root);
const languages = { uk: languageChunk('uk'), en: languageChunk('en') };
for (const file of [panel, ...lazy, languages.uk, languages.en]) {
	writeFileSync(`${dist}/widget/${file.name}`, file.code);
}
const files = { uk: languages.uk.name, en: languages.en.name, panel: panel.name };
writeFileSync(`${dist}/widget.js`, await bundleLoader(files));
checkSizes(dist);

async function bundleLoader(files: object): Promise<string> {
	const output = await build({
		...widgetConfig,
		root,
		define: { ...widgetConfig.define, __FILES__: JSON.stringify(files) },
		build: {
			...widgetConfig.build,
			lib: { entry: 'src/loader/main.ts', formats: ['iife'], name: 'chatiq', fileName: 'chunk' }
		}
	});
	const chunks = [output].flat().flatMap((result) => ('output' in result ? result.output : []));
	const [chunk, ...others] = chunks;
	if (chunk?.type !== 'chunk' || others.length > 0) throw new Error('The loader is not one chunk.');
	return chunk.code;
}

/** The panel's texts of one language; what the loader says itself is in the loader. */
function languageChunk(language: string): ChunkFile {
	const texts = JSON.parse(readFileSync(`${messages}/${language}.json`, 'utf8')) as object;
	const own = Object.entries(texts).filter(([key]) => !key.startsWith('bubble_'));
	return named(language, `export default${JSON.stringify(Object.fromEntries(own))}`);
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'vite';
import { bundlePanel, minify, named, widgetConfig, type ChunkFile } from './panel-chunks.ts';
import { checkSizes } from './size.ts';

const root = `${import.meta.dirname}/..`;
const dist = `${root}/dist`;
const messages = `${root}/../../packages/i18n/widget`;

rmSync(dist, { recursive: true, force: true });
mkdirSync(`${dist}/widget`, { recursive: true });

type Language = 'uk' | 'en';

const { panel, lazy } = await bundlePanel(root);
const texts = { uk: textsOf('uk'), en: textsOf('en') };
const languages = { uk: languageChunk('uk'), en: languageChunk('en') };
const teasers = named('teasers', await minify(await bundle('src/teasers/main.ts', 'es')));
const panels = { uk: panelWith('uk'), en: panelWith('en') };
for (const file of [teasers, ...lazy, ...Object.values(languages), ...Object.values(panels)]) {
	writeFileSync(`${dist}/widget/${file.name}`, file.code);
}
writeFileSync(
	`${dist}/widget.js`,
	await bundle('src/loader/main.ts', 'iife', {
		uk: panels.uk.name,
		en: panels.en.name,
		teasers: teasers.name
	})
);
checkSizes(dist);

/** What is one file of its own. */
async function bundle(entry: string, format: 'iife' | 'es', files = {}): Promise<string> {
	const output = await build({
		...widgetConfig,
		root,
		define: { ...widgetConfig.define, __FILES__: JSON.stringify(files) },
		build: {
			...widgetConfig.build,
			lib: { entry, formats: [format], name: 'chatiq', fileName: 'chunk' }
		}
	});
	const chunks = [output].flat().flatMap((result) => ('output' in result ? result.output : []));
	const [chunk, ...others] = chunks;
	if (chunk?.type !== 'chunk' || others.length > 0) throw new Error(`${entry} is not one chunk.`);
	return chunk.code;
}

/** The panel's texts of one language, as JavaScript; what the loader says itself is in the loader. */
function textsOf(language: Language): string {
	const texts = JSON.parse(readFileSync(`${messages}/${language}.json`, 'utf8')) as object;
	const own = Object.entries(texts).filter(([key]) => !key.startsWith('bubble_'));
	return JSON.stringify(Object.fromEntries(own));
}

/** For a panel that is there already, in another language. */
function languageChunk(language: Language): ChunkFile {
	return named(language, `export default${texts[language]}`);
}

/** Opening the panel takes one file, texts and all. */
function panelWith(language: Language): ChunkFile {
	const names = JSON.stringify({ uk: languages.uk.name, en: languages.en.name });
	const values = `__LANGUAGE__="${language}",__TEXTS__=${texts[language]},__LANGUAGES__=${names}`;
	return named(`panel-${language}`, `const ${values};${panel}`);
}

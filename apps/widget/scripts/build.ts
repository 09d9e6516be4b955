import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'vite';
import {
	bundlePanel,
	hashOf,
	minify,
	named,
	widgetConfig,
	type ChunkFile
} from './panel-chunks.ts';
import { checkSizes } from './size.ts';

const root = `${import.meta.dirname}/..`;
const dist = `${root}/dist`;
const messages = `${root}/../../packages/i18n/widget`;

rmSync(dist, { recursive: true, force: true });
mkdirSync(`${dist}/widget`, { recursive: true });

type Language = 'uk' | 'en';

/** V8 compiles all of it beside the page while it comes, and nothing when the chat is opened. */
const compileHint = '//# allFunctionsCalledOnLoad\n';

const { panel, lazy } = await bundlePanel(root);
const texts = { uk: textsOf('uk'), en: textsOf('en') };
const languages = { uk: languageChunk('uk'), en: languageChunk('en') };
/** What the loader asks for by name. */
const asked = {
	'panel-uk': panelWith('uk'),
	'panel-en': panelWith('en'),
	teasers: await minify(await bundle('src/teasers/main.ts', 'es')),
	complaints: await minify(await bundle('src/complaints/main.ts', 'es'))
};
// One hash for all of them, since the loader writes it down once.
const hash = hashOf(Object.values(asked).join());
const files = Object.entries(asked).map(([name, code]) => ({ name: `${name}-${hash}.js`, code }));
for (const file of [...files, ...lazy, ...Object.values(languages)]) {
	writeFileSync(`${dist}/widget/${file.name}`, file.code);
}
const loader = await bundle('src/loader/main.ts', 'iife', hash);
writeFileSync(`${dist}/widget.js`, await minify(loader, false));
checkSizes(dist);

/** What is one file of its own. */
async function bundle(entry: string, format: 'iife' | 'es', hash = ''): Promise<string> {
	const output = await build({
		...widgetConfig,
		root,
		define: { ...widgetConfig.define, __HASH__: JSON.stringify(hash) },
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
	const own = Object.entries(texts).filter(([key]) => !/^bubble_(teaser|unreachable)/.test(key));
	return JSON.stringify(Object.fromEntries(own));
}

/** For a panel that is there already, in another language. */
function languageChunk(language: Language): ChunkFile {
	return named(language, `export default${texts[language]}`);
}

/** Opening the panel takes one file, texts and all. */
function panelWith(language: Language): string {
	const names = JSON.stringify({ uk: languages.uk.name, en: languages.en.name });
	const values = `__LANGUAGE__="${language}",__TEXTS__=${texts[language]},__LANGUAGES__=${names}`;
	return `${compileHint}const ${values};${panel}`;
}

import type { Language, PanelModule } from '../panel-api.ts';
import type { TeaserContext } from '../teasers/main.ts';

interface Chunks extends Record<Language, PanelModule> {
	teasers: { start: (context: TeaserContext) => void };
}

/** The panel with the texts of a language, and the teasers: names with content hashes, put in by `scripts/build.ts`. */
declare const __FILES__: Record<keyof Chunks, string>;

const files = __FILES__;

let tries = 0;

/** Browsers remember a failed import (or preload) by its address, so it gets another fragment. */
export function importChunk<Name extends keyof Chunks>(
	base: string,
	name: Name
): Promise<Chunks[Name]> {
	const address = base + files[name];
	const load = (fragment = '') => import(/* @vite-ignore */ address + fragment);
	return load().catch(() => load(`#${++tries}`)) as Promise<Chunks[Name]>;
}

/** Fetches without running, and not where bytes are dear. */
export function preload(base: string, language: Language, nonce = ''): Node[] {
	const { connection } = navigator as { connection?: { saveData: boolean; effectiveType: string } };
	if (connection?.saveData || /2g/.test(`${connection?.effectiveType}`)) return [];
	const link = document.createElement('link');
	return [Object.assign(link, { rel: 'modulepreload', nonce, href: base + files[language] })];
}

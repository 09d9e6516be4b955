import type { Language, PanelModule, Texts } from '../panel-api.ts';
import type { TeaserContext } from '../teasers/main.ts';

/** Names with content hashes, put in by `scripts/build.ts`. */
declare const __FILES__: Record<keyof Chunks, string>;

interface Chunks extends Record<Language, { default: Texts }> {
	panel: PanelModule;
	teasers: { start: (context: TeaserContext) => void };
}

const files = __FILES__;

let tries = 0;

/** Fetches without running, and not where bytes are dear. */
export function preload(
	base: string,
	language: Language,
	script: HTMLScriptElement | null
): Node[] {
	const { connection } = navigator as { connection?: { saveData: boolean; effectiveType: string } };
	if (connection?.saveData || /2g/.test(connection?.effectiveType ?? '')) return [];
	return [files.panel, files[language]].map((file) => {
		const link = document.createElement('link');
		link.rel = 'modulepreload';
		link.nonce = script?.nonce ?? '';
		link.href = base + file;
		return link;
	});
}

/** Browsers remember a failed import by its address, so the next try gets another fragment. */
export async function importChunk<Name extends keyof Chunks>(
	base: string,
	name: Name
): Promise<Chunks[Name]> {
	try {
		const fragment = tries > 0 ? `#${tries}` : '';
		return (await import(/* @vite-ignore */ base + files[name] + fragment)) as Chunks[Name];
	} catch (error) {
		tries++;
		throw error;
	}
}

import type { Language, PanelModule, Texts } from '../panel-api.ts';

/** Names with content hashes, put in by `scripts/build.ts`. */
declare const __FILES__: Record<Language | 'panel', string>;

const files = __FILES__;

let tries = 0;

export const importPanel = (base: string) => importFile(base + files.panel) as Promise<PanelModule>;

export const importTexts = (base: string, language: Language) =>
	importFile(base + files[language]) as Promise<{ default: Texts }>;

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
async function importFile(address: string): Promise<unknown> {
	try {
		return (await import(/* @vite-ignore */ address + (tries > 0 ? `#${tries}` : ''))) as unknown;
	} catch (error) {
		tries++;
		throw error;
	}
}

import type { Language, PanelModule, Texts } from '../panel-api.ts';

/** Names with content hashes, put in by `scripts/build.ts`. */
declare const __PANEL_FILE__: string;
declare const __LANGUAGE_FILES__: Record<Language, string>;

/** Loads the rest of the widget, which lies in `widget/` beside the script. */
export class Chunks {
	readonly #base: string;
	readonly #nonce: string;
	#tries = 0;

	constructor(script: HTMLScriptElement | null, apiUrl: string) {
		this.#base = new URL('widget/', script?.src ?? `${apiUrl}/`).href;
		this.#nonce = script?.nonce ?? '';
	}

	/** Fetches without running, and not where bytes are dear. */
	preload(parent: ShadowRoot, language: Language): void {
		const { connection } = navigator as { connection?: { saveData: boolean; effectiveType: string } };
		if (connection?.saveData || /2g/.test(connection?.effectiveType ?? '')) return;
		for (const file of [__PANEL_FILE__, __LANGUAGE_FILES__[language]]) {
			const link = document.createElement('link');
			link.rel = 'modulepreload';
			link.nonce = this.#nonce;
			link.href = this.#base + file;
			parent.append(link);
		}
	}

	panel(): Promise<PanelModule> {
		return this.#import(__PANEL_FILE__) as Promise<PanelModule>;
	}

	async texts(language: Language): Promise<Texts> {
		return ((await this.#import(__LANGUAGE_FILES__[language])) as { default: Texts }).default;
	}

	/** Browsers remember a failed import by its address, so the next try gets another fragment. */
	async #import(file: string): Promise<unknown> {
		const suffix = this.#tries > 0 ? `#${this.#tries}` : '';
		try {
			return (await import(/* @vite-ignore */ this.#base + file + suffix)) as unknown;
		} catch (error) {
			this.#tries++;
			throw error;
		}
	}
}

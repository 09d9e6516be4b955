import type { Teaser } from '@chatiq/contracts/site';
import { keyValue } from '../core/key-value.ts';
import type { WidgetConfig } from '../panel-api.ts';

/** What was closed or answered is not offered again. Without consent it is known as long as the page lives. */
export class Memory {
	readonly #prefix: string;
	readonly browser = keyValue(() => this.#allowed(localStorage));
	readonly tab = keyValue(() => this.#allowed(sessionStorage));
	readonly #consented: boolean;

	constructor({ siteKey, storageConsent }: WidgetConfig) {
		this.#prefix = `chatiq:${siteKey}`;
		this.#consented = storageConsent !== 'needed';
	}

	get visitsKey(): string {
		return `${this.#prefix}:visits`;
	}

	closed({ id, frequency }: Teaser): void {
		const place = frequency === 'conversation' ? this.tab : this.browser;
		place.set(this.#key(id), frequency === 'day' ? today() : '1');
	}

	wasClosed({ id, frequency }: Teaser): boolean {
		if (frequency === 'conversation') return this.tab.get(this.#key(id)) !== null;
		const at = this.browser.get(this.#key(id));
		return at !== null && (frequency === 'visitor' || at === today());
	}

	#key(id: string): string {
		return `${this.#prefix}:teaser:${id}`;
	}

	/** `keyValue` keeps in memory what it may not write. */
	#allowed(storage: Storage): Storage {
		if (!this.#consented) throw new Error('no consent');
		return storage;
	}
}

const today = () => new Date().toDateString();

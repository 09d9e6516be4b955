import type { KeyValue } from '../../src/core/key-value.ts';
import type { Journal } from '../../src/core/outbox.ts';
import type { Page } from '../../src/core/page.ts';

/** Storage that several sessions share, as tabs do. */
export function memoryStorage(): KeyValue {
	const values = new Map<string, string>();
	return {
		get: (key) => values.get(key) ?? null,
		set: (key, value) => {
			if (value === null) values.delete(key);
			else values.set(key, value);
		}
	};
}

/** A page that a test puts to sleep and wakes. */
export class TestPage implements Page {
	online = true;
	visible = true;
	readonly #listeners = new Set<Parameters<Page['listen']>[0]>();

	listen(on: Parameters<Page['listen']>[0], signal: AbortSignal): void {
		this.#listeners.add(on);
		signal.addEventListener('abort', () => this.#listeners.delete(on));
	}

	change(change: 'wake' | 'sleep' | 'other'): void {
		this.#listeners.forEach((on) => on(change));
	}
}

export function memoryJournal(): Journal {
	let texts: ReturnType<Journal['read']> = [];
	return {
		read: () => texts,
		write: (newest) => {
			texts = newest;
		}
	};
}

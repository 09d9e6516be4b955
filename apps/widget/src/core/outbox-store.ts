import type { OutboxItems } from './outbox-items.ts';

/** Keeps the items of one site, shared by its tabs; `edit` sees the newest ones and nobody comes between. */
export interface OutboxStore {
	change: (edit: (items: OutboxItems) => OutboxItems) => Promise<OutboxItems>;
	close: () => void;
}

export function memoryStore(): OutboxStore {
	let items: OutboxItems = [];
	return { change: (edit) => Promise.resolve((items = edit(items))), close: () => undefined };
}

/** In IndexedDB; when the browser blocks or breaks it, in memory from there on. */
export function outboxStore(siteKey: string): OutboxStore {
	const database = new OutboxDatabase(siteKey);
	const memory = memoryStore();
	let newest: OutboxItems = [];
	let broken = false;
	return {
		change: async (edit) => {
			if (!broken) {
				try {
					return (newest = await database.change(edit));
				} catch {
					broken = true;
					database.close();
					await memory.change(() => newest);
				}
			}
			return memory.change(edit);
		},
		close: () => database.close()
	};
}

const storeName = 'outbox';

class OutboxDatabase {
	readonly #siteKey: string;
	#opened: Promise<IDBDatabase> | null = null;

	constructor(siteKey: string) {
		this.#siteKey = siteKey;
	}

	async change(edit: (items: OutboxItems) => OutboxItems): Promise<OutboxItems> {
		const database = await (this.#opened ??= this.#open());
		return new Promise((resolve, reject) => {
			const transaction = database.transaction(storeName, 'readwrite');
			const store = transaction.objectStore(storeName);
			const read = store.get(this.#siteKey) as IDBRequest<OutboxItems | undefined>;
			let edited: OutboxItems = [];
			read.onsuccess = () => {
				const before = read.result ?? [];
				edited = edit(before);
				if (edited !== before) store.put(edited, this.#siteKey);
			};
			transaction.oncomplete = () => resolve(edited);
			transaction.onabort = () => reject(transaction.error ?? new Error('aborted'));
		});
	}

	close(): void {
		void this.#opened?.then((database) => database.close()).catch(() => undefined);
		this.#opened = null;
	}

	#open(): Promise<IDBDatabase> {
		return new Promise((resolve, reject) => {
			const opening = indexedDB.open('chatiq', 1);
			opening.onupgradeneeded = () => opening.result.createObjectStore(storeName);
			opening.onsuccess = () => {
				const database = opening.result;
				const reopen = () => {
					database.close();
					this.#opened = null;
				};
				// The user cleared the site's data, or a newer version of the widget wants to upgrade.
				database.onclose = database.onversionchange = reopen;
				resolve(database);
			};
			opening.onerror = () => reject(opening.error ?? new Error('blocked'));
			opening.onblocked = () => reject(new Error('blocked'));
		});
	}
}

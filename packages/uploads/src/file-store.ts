import type { Upload } from '@chatiq/contracts/upload';
import { openDatabase, storeName } from './file-database.ts';

/** A file on its way, as it is kept: its bytes are here until they are stored over there and the message is in the outbox. */
export interface FileRecord<Message> {
	/** The attachment's id. UUIDv7: their order is the order of adding. */
	id: string;
	/** Whose it is: a site's visitor or an operator. */
	owner: string;
	/** The tab that sends it; another one takes over when that tab is gone. */
	tab: string;
	conversation_id: string | null;
	name: string;
	type: string;
	bytes: Blob;
	/** Of the begun upload. */
	location: string | null;
	/** What the function found, once it passed. */
	upload: Upload | null;
	/** What it goes with, once the message was sent off. */
	message: Message | null;
}

type StoredRecord<Message> = Omit<FileRecord<Message>, 'bytes'> & { bytes: BlobPart };

/** IndexedDB; where the browser blocks or breaks it, files live as long as the page. */
export class FileStore<Message> {
	readonly #owner: string;
	readonly #tab = crypto.randomUUID();
	#opened: Promise<IDBDatabase | null> | null = null;

	constructor(owner: string) {
		this.#owner = owner;
	}

	record(file: Pick<FileRecord<Message>, 'id' | 'name' | 'type' | 'bytes' | 'conversation_id'>) {
		const rest = {
			owner: this.#owner,
			tab: this.#tab,
			location: null,
			upload: null,
			message: null
		};
		return { ...file, ...rest } satisfies FileRecord<Message>;
	}

	async put(records: readonly FileRecord<Message>[]): Promise<void> {
		if (await this.#write((store) => records.forEach((record) => store.put(record)))) return;
		// WebKit keeps no blobs in private browsing, but it does keep their bytes.
		const plain = await Promise.all(
			records.map(async (record) => ({ ...record, bytes: await record.bytes.arrayBuffer() }))
		);
		await this.#write((store) => plain.forEach((record) => store.put(record)));
	}

	async remove(ids: readonly string[]): Promise<void> {
		await this.#write((store) => ids.forEach((id) => store.delete(id)));
	}

	/** Takes over what tabs of this owner have left: now, or when such a tab is gone. */
	async adopt(take: (left: FileRecord<Message>[]) => void): Promise<void> {
		await this.#open();
		const tabs = new Set((await this.#all()).map(({ tab }) => tab));
		tabs.delete(this.#tab);
		for (const tab of tabs) {
			void exclusively(lockOf(tab), async () => {
				const left = (await this.#all()).filter((record) => record.tab === tab);
				const taken = left.map((record) => ({ ...record, tab: this.#tab }));
				await this.put(taken);
				take(taken.sort((a, b) => (a.id < b.id ? -1 : 1)));
			});
		}
	}

	close(): void {
		void this.#opened?.then((database) => database?.close());
	}

	async #all(): Promise<FileRecord<Message>[]> {
		const database = await this.#open();
		if (!database) return [];
		return new Promise((resolve) => {
			const read = database.transaction(storeName).objectStore(storeName).getAll();
			read.onsuccess = () => {
				const records = (read.result as StoredRecord<Message>[]).filter(
					({ owner }) => owner === this.#owner
				);
				resolve(
					records.map((record) => ({
						...record,
						bytes: new Blob([record.bytes], { type: record.type })
					}))
				);
			};
			read.onerror = () => resolve([]);
		});
	}

	/** False where it could not be kept. A full disk must not stop a file: it is sent from memory all the same. */
	async #write(change: (store: IDBObjectStore) => void): Promise<boolean> {
		const database = await this.#open();
		if (!database) return true;
		return new Promise((resolve) => {
			try {
				const transaction = database.transaction(storeName, 'readwrite');
				transaction.oncomplete = () => resolve(true);
				transaction.onabort = () => resolve(false);
				change(transaction.objectStore(storeName));
			} catch {
				resolve(false);
			}
		});
	}

	#open(): Promise<IDBDatabase | null> {
		return (this.#opened ??= openDatabase().then((database) => {
			// Held while the tab lives; the browser lets go of it when the tab ends in whatever way.
			if (database) void exclusively(lockOf(this.#tab), () => new Promise(() => undefined));
			return database;
		}));
	}
}

const lockOf = (tab: string) => `chatiq-files:${tab}`;

/** Without locks (plain http) nobody knows who is gone: take over at once; ids keep it from being sent twice. */
async function exclusively(name: string, task: () => Promise<void>): Promise<void> {
	// Not where the page is no secure context, whatever the types say.
	const locks = navigator.locks as LockManager | undefined;
	await (locks ? locks.request(name, task) : task());
}

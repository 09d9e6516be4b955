import type { Enums } from '@chatiq/contracts/database';
import type { QuickReply } from '@chatiq/contracts/message';
import type { ErrorCode } from '@chatiq/contracts/errors';
import type { Attachment } from '@chatiq/contracts/message';

/** A message on its way. Its id is the idempotency key: sending it again is harmless. */
export interface OutboxItem {
	id: string;
	operator_id: string;
	conversation_id: string;
	body: string;
	/** Files that are stored already and go with it. */
	attachments?: readonly Attachment[];
	visibility: Enums<'message_visibility'>;
	/** What the operator had seen when writing it. */
	seen_seq: number;
	created_at: string;
	/** The message that it answers. */
	reply_to_seq?: number;
	quick_replies?: QuickReply[];
	mention_ids?: string[];
	/** `held`: somebody wrote meanwhile, the operator decides. `failed`: refused for good. */
	state: 'queued' | 'held' | 'failed';
	reason: ErrorCode | null;
}

export interface OutboxStore {
	/** False when nothing outlives the page. */
	readonly durable: boolean;
	/** Takes over what other tabs of this operator leave behind, oldest first: now, or when the tab is gone. */
	adopt: (take: (left: OutboxItem[]) => void) => Promise<void>;
	put: (item: OutboxItem) => Promise<void>;
	remove: (id: string) => Promise<void>;
}

export function memoryStore(): OutboxStore {
	return {
		durable: false,
		adopt: () => Promise.resolve(),
		put: () => Promise.resolve(),
		remove: () => Promise.resolve()
	};
}

interface StoredItem extends OutboxItem {
	/** The tab that sends it; another one takes over when that tab is gone. */
	tab_id: string;
}

/** IndexedDB, shared by all tabs of an operator; falls back to memory where the browser refuses storage. */
export function outboxStore(operatorId: string): OutboxStore {
	let store: OutboxStore | null = null;
	let opening: Promise<OutboxStore> | null = null;
	const opened = (): Promise<OutboxStore> => {
		opening ??= openDatabase()
			.then((database) => durableStore(database, operatorId))
			.catch((error: unknown) => {
				console.warn('no durable outbox in this browser', error);
				return memoryStore();
			})
			.then((ready) => (store = ready));
		return opening;
	};
	return {
		get durable() {
			return store?.durable ?? false;
		},
		adopt: async (take) => (await opened()).adopt(take),
		put: async (item) => (await opened()).put(item),
		remove: async (id) => (await opened()).remove(id)
	};
}

function durableStore(database: IDBDatabase, operatorId: string): OutboxStore {
	const tabId: string = crypto.randomUUID();
	const lockOf = (id: string) => `chatiq-outbox:${id}`;
	// Held while the tab lives; the browser lets go of it when the tab ends in whatever way.
	void navigator.locks.request(lockOf(tabId), () => new Promise(() => undefined));
	const awaited = new Set<string>([tabId]);

	const items = (mode: IDBTransactionMode) =>
		database.transaction(storeName, mode).objectStore(storeName);
	const put = async (item: OutboxItem) => {
		const stored: StoredItem = { ...item, tab_id: tabId };
		await answerOf(items('readwrite').put(stored));
	};
	const all = async () => {
		const stored = await answerOf(items('readonly').getAll() as IDBRequest<StoredItem[]>);
		return stored.filter((item) => item.operator_id === operatorId);
	};
	const takeOver = async (tab: string) => {
		const left = (await all()).filter((item) => item.tab_id === tab);
		await Promise.all(left.map(put));
		awaited.delete(tab);
		// Ids are UUIDv7: their order is the order of writing.
		return left.sort((a, b) => (a.id < b.id ? -1 : 1));
	};

	return {
		durable: true,
		put,
		remove: async (id) => {
			await answerOf(items('readwrite').delete(id));
		},
		adopt: async (take) => {
			for (const { tab_id } of await all()) {
				if (awaited.has(tab_id)) continue;
				awaited.add(tab_id);
				navigator.locks
					.request(lockOf(tab_id), async () => take(await takeOver(tab_id)))
					// A page that is left has no storage any more: the next one takes over.
					.catch((error: unknown) => {
						awaited.delete(tab_id);
						console.warn('what a tab left could not be taken over', error);
					});
			}
		}
	};
}

const storeName = 'outbox';

// async: where there is no `indexedDB` at all, this rejects instead of throwing.
async function openDatabase(): Promise<IDBDatabase> {
	const opening = indexedDB.open('chatiq-console', 1);
	opening.onupgradeneeded = () => opening.result.createObjectStore(storeName, { keyPath: 'id' });
	return answerOf(opening);
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
	return new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
	});
}

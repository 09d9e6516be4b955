export const storeName = 'files';

/** Whether any page of this browser has left files on their way: without, nobody needs the rest of this package yet. */
export async function anythingLeft(): Promise<boolean> {
	const database = await openDatabase();
	if (!database) return false;
	const left = await new Promise<boolean>((resolve) => {
		const count = database.transaction(storeName).objectStore(storeName).count();
		count.onsuccess = () => resolve(count.result > 0);
		count.onerror = () => resolve(false);
	});
	database.close();
	return left;
}

export function openDatabase(): Promise<IDBDatabase | null> {
	return new Promise((resolve) => {
		try {
			const opening = indexedDB.open('chatiq-files', 1);
			opening.onupgradeneeded = () =>
				opening.result.createObjectStore(storeName, { keyPath: 'id' });
			opening.onsuccess = () => resolve(opening.result);
			opening.onerror = opening.onblocked = () => resolve(null);
		} catch {
			resolve(null);
		}
	});
}

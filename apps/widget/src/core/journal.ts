import type { KeyValue } from './key-value.ts';
import type { NewText } from './outbox-items.ts';
import type { Journal } from './outbox.ts';
import { refreshTokenKey } from './storage-keys.ts';
import { toJson } from './to-json.ts';

/** A journal in the tab's own storage, which is written before the key press returns. */
export function journal(storage: KeyValue, siteKey: string): Journal {
	const key = `${refreshTokenKey(siteKey)}:journal`;
	return {
		read: () => JSON.parse(storage.get(key) ?? '[]') as NewText[],
		write: (texts) => storage.set(key, texts.length > 0 ? toJson(texts) : null)
	};
}

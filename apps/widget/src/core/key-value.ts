/** `Storage` that never throws: where the browser blocks it, values live as long as the page. */
export interface KeyValue {
	get: (key: string) => string | null;
	set: (key: string, value: string | null) => void;
}

export function keyValue(open: () => Storage): KeyValue {
	const memory = new Map<string, string | null>();
	/** Undefined when storage is blocked (reading `window.localStorage` itself may throw) or full. */
	const attempt = <T>(use: (storage: Storage) => T): T | undefined => {
		try {
			return use(open());
		} catch {
			return undefined;
		}
	};
	return {
		// The loader writes nothing at all over what is no longer good.
		get: (key) => (memory.get(key) ?? attempt((storage) => storage.getItem(key))) || null,
		set: (key, value) => {
			const written = attempt((storage) => {
				if (value === null) storage.removeItem(key);
				else storage.setItem(key, value);
				return true;
			});
			// Only what could not be written is kept here: other tabs may change what could.
			if (written) memory.delete(key);
			else memory.set(key, value);
		}
	};
}

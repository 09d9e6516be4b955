interface Locks {
	request(
		name: string,
		options: { ifAvailable: true },
		callback: (lock: unknown) => Promise<unknown>
	): Promise<unknown>;
}

type Channel = Pick<BroadcastChannel, 'postMessage' | 'close'> & {
	addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
};

/** Longer than tabs differ in when they hear of the same thing. */
const holdMs = 5000;
const remembered = 200;

/** Which tab of the browser deals with something: whoever asks first, once and for all. */
export class TabClaim {
	readonly #locks: Locks | undefined;
	readonly #channel: Channel | null;
	readonly #taken = new Set<string>();

	constructor(locks: Locks | undefined, channel: Channel | null) {
		this.#locks = locks;
		this.#channel = channel;
		channel?.addEventListener('message', ({ data }) => {
			if (typeof data === 'string') this.#remember(data);
		});
	}

	/** Whether this tab has it. A browser whose tabs cannot agree says yes to each: better twice than never. */
	take(key: string): Promise<boolean> {
		if (this.#taken.has(key)) return Promise.resolve(false);
		this.#remember(key);
		const locks = this.#locks;
		if (!locks) {
			this.#channel?.postMessage(key);
			return Promise.resolve(true);
		}
		return new Promise((resolve, reject) => {
			locks
				.request(`chatiq-attention:${key}`, { ifAvailable: true }, async (lock) => {
					resolve(lock !== null);
					if (lock === null) return;
					this.#channel?.postMessage(key);
					// A tab that was asleep finds it taken, even if it has not read the channel yet.
					await new Promise((done) => setTimeout(done, holdMs));
				})
				.catch(reject);
		});
	}

	close(): void {
		this.#channel?.close();
	}

	#remember(key: string): void {
		this.#taken.add(key);
		const [oldest] = this.#taken;
		if (this.#taken.size > remembered && oldest !== undefined) this.#taken.delete(oldest);
	}
}

export function browserTabs(): TabClaim {
	return new TabClaim(
		'locks' in navigator ? (navigator.locks as Locks) : undefined,
		typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('chatiq-attention')
	);
}

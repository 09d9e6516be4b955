export interface Locks {
	request(
		name: string,
		options: { ifAvailable?: true; mode?: 'shared' },
		callback: (lock: unknown) => Promise<unknown>
	): Promise<unknown>;
	query(): Promise<{ held?: { name?: string }[] }>;
}

type Channel = Pick<BroadcastChannel, 'postMessage' | 'close'> & {
	addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
};

/** Longer than tabs differ in when they hear of the same thing. */
const holdMs = 5000;
const remembered = 200;

const viewOf = (conversationId: string) => `chatiq-view:${conversationId}`;

/** What the tabs of a browser agree on: who deals with something (whoever asks first), and what somebody looks at. */
export class Tabs {
	readonly #locks: Locks | undefined;
	readonly #channel: Channel | null;
	readonly #taken = new Set<string>();
	#looking: string | null = null;
	#lookAway: () => void = () => undefined;

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

	/** Somebody looks at this conversation in this tab; null: at none. The browser tells when a tab dies. */
	look(conversationId: string | null): void {
		if (conversationId === this.#looking) return;
		this.#looking = conversationId;
		this.#lookAway();
		if (conversationId === null || !this.#locks) return;
		const away = new Promise<void>((resolve) => (this.#lookAway = resolve));
		this.#locks
			.request(viewOf(conversationId), { mode: 'shared' }, () => away)
			.catch((error: unknown) => console.warn('the other tabs do not know of it', error));
	}

	/** Whether somebody looks at it in any tab. */
	async lookedAt(conversationId: string): Promise<boolean> {
		if (this.#looking === conversationId) return true;
		const { held = [] } = (await this.#locks?.query()) ?? {};
		return held.some(({ name }) => name === viewOf(conversationId));
	}

	/** Looks away for good. */
	close(): void {
		this.look(null);
		this.#channel?.close();
	}

	#remember(key: string): void {
		this.#taken.add(key);
		const [oldest] = this.#taken;
		if (this.#taken.size > remembered && oldest !== undefined) this.#taken.delete(oldest);
	}
}

/** Of this browser; the server, which only draws, has none. */
export function browserTabs(): Tabs {
	if (typeof window === 'undefined') return new Tabs(undefined, null);
	return new Tabs(
		'locks' in navigator ? navigator.locks : undefined,
		typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('chatiq-attention')
	);
}

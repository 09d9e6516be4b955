import { Live, type LiveOptions } from './live.ts';

/** What only informs: the leader passes it on as it comes. */
const relayed = [
	'onmessage',
	'onreaction',
	'onrow',
	'onread',
	'ontyping',
	'onsite',
	'onhint',
	'onbeat'
] as const;

type Relayed = (typeof relayed)[number];
type Typing = Parameters<Live['sendTyping']>[0];

/** What tabs of one conversation tell each other. */
type News =
	| { kind: 'event'; name: Relayed; payload: unknown }
	| { kind: 'joined'; joined: boolean }
	/** Is there a leader? It answers with `joined`. */
	| { kind: 'ask' }
	| { kind: 'nudge' }
	| { kind: 'renew' }
	| { kind: 'watch'; conversationIds: readonly string[] }
	| { kind: 'typing'; typing: Typing };

/** A leader that has not answered for so long is frozen: another tab takes its place. */
const patienceMs = 3000;

/**
 * One socket for all tabs that show a conversation: whoever holds the lock has it and tells the others. The
 * browser gives the lock to the next tab when its holder dies. Without Web Locks or BroadcastChannel (blocked
 * storage, plain http) every tab has a socket of its own.
 */
export class SharedLive {
	readonly #options: LiveOptions;
	readonly #name: string;
	readonly #patienceMs: number;
	#channel: BroadcastChannel | null = null;
	/** The real one, in the tab that leads. */
	#live: Live | null = null;
	#joined = false;
	/** Ends the wait for the lock, or the leading. */
	#standing: AbortController | null = null;
	#waiting: ReturnType<typeof setTimeout> | undefined;
	#closed = false;
	#watched: readonly string[] = [];

	constructor(options: LiveOptions, leaderPatienceMs = patienceMs) {
		this.#options = options;
		this.#name = `chatiq:live:${options.conversationId}`;
		this.#patienceMs = leaderPatienceMs;
		this.#resume();
	}

	get joined(): boolean {
		return this.#joined;
	}

	get leads(): boolean {
		return this.#live !== null;
	}

	/** The leader shows the same conversation of the same visitor: what it hears of the others, all hear. It may not have asked for the list itself. */
	watch(conversationIds: readonly string[]): void {
		this.#watched = conversationIds;
		if (this.#live) this.#live.watch(conversationIds);
		else this.#tell({ kind: 'watch', conversationIds });
	}

	sendTyping(typing: Typing): void {
		if (this.#live) this.#live.sendTyping(typing);
		else this.#tell({ kind: 'typing', typing });
	}

	renewToken(): void {
		if (this.#live) this.#live.renewToken();
		else this.#tell({ kind: 'renew' });
	}

	nudge(): void {
		if (this.#closed) return;
		if (!this.#standing) this.#resume();
		else if (this.#live) this.#live.nudge();
		else {
			this.#tell({ kind: 'nudge' });
			this.#ask();
		}
	}

	/** The page may be frozen from here on, and a frozen tab must not lead. */
	suspend(): void {
		clearTimeout(this.#waiting);
		this.#standing?.abort();
		this.#standing = null;
		this.#channel?.close();
		this.#channel = null;
		this.#stopLeading();
		this.#set(false);
	}

	close(): void {
		this.#closed = true;
		this.suspend();
	}

	#resume(): void {
		this.#channel = openChannel(this.#name, (news) => this.#hear(news));
		this.#stand();
		this.#ask();
	}

	/** Waits in line for the lock; with `steal` goes to the head of it. */
	#stand(steal = false): void {
		this.#standing?.abort();
		const standing = (this.#standing = new AbortController());
		const { signal } = standing;
		const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks;
		if (!locks || !this.#channel) {
			this.#lead();
			return;
		}
		const held = () => {
			if (signal.aborted) return;
			this.#lead();
			return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
		};
		locks.request(this.#name, steal ? { steal } : { signal }, held).catch((error: unknown) => {
			// Ours is over: we ended it ourselves, or another tab has taken it from us.
			if (signal.aborted) return;
			const stolen = (error as Error).name === 'AbortError';
			if (!stolen) {
				this.#lead();
				return;
			} // Sandboxed pages have locks but may not use them.
			this.#stopLeading();
			this.#set(false);
			this.#stand();
			this.#ask();
		});
	}

	#lead(): void {
		clearTimeout(this.#waiting);
		this.#set(false);
		const handlers = Object.fromEntries(
			relayed.map((name) => [
				name,
				(payload: unknown) => {
					(this.#options[name] as (payload: unknown) => void)(payload);
					this.#tell({ kind: 'event', name, payload });
				}
			])
		);
		this.#live = new Live({
			...this.#options,
			...handlers,
			onjoined: (joined) => {
				this.#set(joined);
				this.#tell({ kind: 'joined', joined });
			}
		});
		this.#live.watch(this.#watched);
	}

	#stopLeading(): void {
		this.#live?.close();
		this.#live = null;
	}

	#ask(): void {
		if (this.#live) return;
		clearTimeout(this.#waiting);
		this.#waiting = setTimeout(() => this.#stand(true), this.#patienceMs);
		this.#tell({ kind: 'ask' });
	}

	#hear(news: News): void {
		if (this.#live) {
			if (news.kind === 'ask') this.#tell({ kind: 'joined', joined: this.#joined });
			if (news.kind === 'nudge') this.#live.nudge();
			if (news.kind === 'watch') this.watch(news.conversationIds);
			if (news.kind === 'renew') this.#live.renewToken();
			if (news.kind === 'typing') this.#live.sendTyping(news.typing);
			return;
		}
		if (news.kind === 'joined') {
			clearTimeout(this.#waiting);
			this.#set(news.joined);
		}
		if (news.kind !== 'event') return;
		(this.#options[news.name] as (payload: unknown) => void)(news.payload);
		// The beat is a sign of life that is missed when it stays away.
		if (news.name === 'onbeat') this.#ask();
	}

	#tell(news: News): void {
		this.#channel?.postMessage(news);
	}

	#set(joined: boolean): void {
		if (this.#joined === joined) return;
		this.#joined = joined;
		this.#options.onjoined(joined);
	}
}

/** Null where storage is blocked: such tabs have nothing to share. */
function openChannel(name: string, hear: (news: News) => void): BroadcastChannel | null {
	try {
		const channel = new BroadcastChannel(name);
		channel.addEventListener('message', ({ data }: MessageEvent<News>) => hear(data));
		return channel;
	} catch {
		return null;
	}
}

import type { VisitorSession } from '@chatiq/contracts/session';
import type { Api, Call } from './api.ts';
import type { KeyValue } from './key-value.ts';
import { exclusively } from './lock.ts';
import { refreshTokenKey } from './storage-keys.ts';
import { RequestFailed } from './request.ts';

/** A token with less left than this is renewed before use. */
const marginMs = 60_000;
const maxOpenings = 3;

interface SessionOptions {
	api: Api;
	siteKey: string;
	storage: KeyValue;
	/** The visitor is another one now (revoked, logged out elsewhere, identified): their history is not ours. */
	onlost: () => void;
}

/** The visitor's session: at most one renewal at a time, over all tabs. */
export class Session {
	readonly #options: SessionOptions;
	readonly #key: string;
	#current: VisitorSession | null = null;
	#visitorId: string | null = null;
	#expiresAt = 0;
	#identity: string | undefined;
	#opening: Promise<VisitorSession> | null = null;
	/** Grows when the visitor logs out or is somebody else, so that an answer under way is not taken any more. */
	#era = 0;

	constructor(options: SessionOptions) {
		this.#options = options;
		this.#key = refreshTokenKey(options.siteKey);
	}

	get current(): VisitorSession | null {
		return this.#current;
	}

	/** Takes a session that came with `boot`. */
	adopt(session: VisitorSession): void {
		const before = this.#visitorId;
		this.#current = session;
		this.#visitorId = session.visitor_id;
		// A clock that nobody can set; it may stand still in sleep, then the 401 path renews.
		this.#expiresAt = performance.now() + session.expires_in * 1000;
		this.#options.storage.set(this.#key, session.refresh_token);
		if (before !== null && before !== session.visitor_id) this.#options.onlost();
	}

	/** A session good for a call right now; opens or renews one if needed. */
	ensure(): Promise<VisitorSession> {
		const fresh = this.#current && performance.now() < this.#expiresAt - marginMs;
		return fresh && this.#current ? Promise.resolve(this.#current) : this.#open();
	}

	/** A session other than the one the server has just refused. */
	renew(refusedToken: string): Promise<VisitorSession> {
		return this.#current?.token === refusedToken ? this.#open() : this.ensure();
	}

	/** Who the visitor is, signed by the customer's server; goes out with the next opening, once. */
	identify(identity: string): void {
		this.#identity = identity;
		this.#expiresAt = 0;
		// What is under way with another identity, or none, is no answer for this one.
		if (this.#opening) this.#era++;
		this.#opening = null;
	}

	forget(): void {
		this.#era++;
		this.#current = null;
		this.#visitorId = null;
		this.#identity = undefined;
		this.#opening = null;
		this.#options.storage.set(this.#key, null);
	}

	/** Calls an SQL function, with one renewal when the token is refused. */
	readonly call: Call = async (name, args) => {
		const session = await this.ensure();
		try {
			return await this.#options.api.rpc(session, name, args);
		} catch (error) {
			if (!(error instanceof RequestFailed) || error.status !== 401) throw error;
		}
		return this.#options.api.rpc(await this.renew(session.token), name, args);
	};

	#open(): Promise<VisitorSession> {
		const era = this.#era;
		this.#opening ??= exclusively(`${this.#key}:session`, () => this.#request(era)).finally(() => {
			if (this.#era === era) this.#opening = null;
		});
		return this.#opening;
	}

	async #request(era: number): Promise<VisitorSession> {
		for (let opening = 1; ; opening++) {
			// Read under the lock: another tab may have rotated it a moment ago.
			const kept = this.#options.storage.get(this.#key);
			try {
				return await this.#requestWith(kept, era);
			} catch (error) {
				if (era !== this.#era) throw new RequestFailed(0);
				if (kept === null || opening === maxOpenings || !isUnusable(error)) throw error;
				if (this.#options.storage.get(this.#key) === kept) this.#lose();
			}
		}
	}

	async #requestWith(kept: string | null, era: number): Promise<VisitorSession> {
		const identity = this.#identity;
		const session = await this.#options.api.openSession({
			site_key: this.#options.siteKey,
			...(kept !== null && { refresh_token: kept }),
			...(identity !== undefined && { identity })
		});
		if (era !== this.#era) throw new RequestFailed(0);
		// Accepted: from here on the refresh token stands for it, while the JWT itself will expire.
		if (identity === this.#identity) this.#identity = undefined;
		this.adopt(session);
		return session;
	}

	#lose(): void {
		this.#options.storage.set(this.#key, null);
		this.#current = null;
		this.#visitorId = null;
		this.#options.onlost();
	}
}

function isUnusable(error: unknown): boolean {
	return (
		error instanceof RequestFailed &&
		(error.code === 'session_revoked' || error.code === 'refresh_token_invalid')
	);
}

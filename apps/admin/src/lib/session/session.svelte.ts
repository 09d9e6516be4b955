export type SignInFailure = 'credentials' | 'second_factor' | 'code' | 'too_many' | 'unreachable';

export interface AccessToken {
	token: string;
	/** Unix time in seconds. */
	expires_at: number;
}

/** What `POST /session` takes: either step of signing in, or the wish for a new token even if the old one is good. */
export type SessionRequest =
	{ email: string; password: string } | { code: string } | { renew: boolean };

export type SessionAnswer = { access: AccessToken } | { failure: SignInFailure };

/** A BroadcastChannel: tabs tell each other that somebody has signed in or out. */
export type SessionChannel = Pick<BroadcastChannel, 'onmessage' | 'postMessage' | 'close'>;

interface Options {
	email: string;
	access: AccessToken;
	/** Asks our own server, which holds the refresh token; throws when it does not answer. */
	ask: (request: SessionRequest) => Promise<SessionAnswer>;
	/** Only signing in helps now. */
	ended: () => void;
	/** The operator has signed in again: everything that waited goes on. */
	resumed: () => void;
}

const marginMs = 60_000;

/** The operator's session in this tab. When it ends, the page stays as it is and asks for the password. */
export class Session {
	expired = $state(false);

	readonly email: string;
	readonly #ask: Options['ask'];
	readonly #ended: () => void;
	readonly #resumed: () => void;
	#access: AccessToken;
	#asking: Promise<boolean> | null = null;
	#channel: SessionChannel | null = null;

	constructor({ email, access, ask, ended, resumed }: Options) {
		this.email = email;
		this.#access = access;
		this.#ask = ask;
		this.#ended = ended;
		this.#resumed = resumed;
	}

	/** A token that is good for now; null when only signing in helps. */
	async token(): Promise<string | null> {
		if (this.expired) return null;
		const leftMs = this.#access.expires_at * 1000 - Date.now();
		if (leftMs > marginMs) return this.#access.token;
		return (await this.#get({ renew: false })) ? this.#access.token : null;
	}

	/** After a 401: true when there is a new token to try with. */
	async renew(): Promise<boolean> {
		return !this.expired && this.#get({ renew: true });
	}

	/** The tabs of a browser have one session: what one of them does to it, the others find out at once. */
	connect(channel: SessionChannel): () => void {
		this.#channel = channel;
		channel.onmessage = () =>
			this.#get({ renew: false }).catch((error: unknown) => {
				console.warn(error);
			});
		this.#tell();
		return () => channel.close();
	}

	signInAgain(password: string): Promise<SignInFailure | null> {
		return this.#enter({ email: this.email, password });
	}

	/** The second step, after a password that was right. */
	confirm(code: string): Promise<SignInFailure | null> {
		return this.#enter({ code });
	}

	async #enter(request: SessionRequest): Promise<SignInFailure | null> {
		const answer = await this.#ask(request);
		if ('failure' in answer) return answer.failure;
		this.#take(answer.access);
		this.#tell();
		return null;
	}

	#take(access: AccessToken): void {
		this.#access = access;
		if (!this.expired) return;
		this.expired = false;
		this.#resumed();
	}

	#end(): void {
		this.expired = true;
		this.#ended();
	}

	#tell(): void {
		this.#channel?.postMessage(null);
	}

	/** Calls at the same time share one request. */
	#get(request: SessionRequest): Promise<boolean> {
		this.#asking ??= this.#renew(request).finally(() => (this.#asking = null));
		return this.#asking;
	}

	async #renew(request: SessionRequest): Promise<boolean> {
		const answer = await this.#ask(request);
		if ('access' in answer) this.#take(answer.access);
		else if (answer.failure === 'credentials') this.#end();
		else throw new Error(`no new token: ${answer.failure}`);
		return !this.expired;
	}
}

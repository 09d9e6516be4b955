export type SignInFailure = 'credentials' | 'too_many' | 'unreachable';

/** What the session needs of Supabase Auth. */
export interface AuthApi {
	/** True when there is a fresh token, false when only signing in helps; throws when nothing was decided. */
	refresh: () => Promise<boolean>;
	signIn: (email: string, password: string) => Promise<SignInFailure | null>;
}

/** The operator's session in this tab. When it ends, the page stays as it is and asks for the password. */
export class Session {
	expired = $state(false);

	readonly email: string;
	readonly #auth: AuthApi;
	readonly #resumed: () => void;
	#renewing: Promise<boolean> | null = null;

	/** `resumed` runs after the operator has signed in again: everything that waited goes on. */
	constructor(auth: AuthApi, email: string, resumed: () => void) {
		this.#auth = auth;
		this.email = email;
		this.#resumed = resumed;
	}

	/** After a 401. Calls at the same time share one refresh: a refresh token works once. */
	renew(): Promise<boolean> {
		this.#renewing ??= this.#renew().finally(() => (this.#renewing = null));
		return this.#renewing;
	}

	async signInAgain(password: string): Promise<SignInFailure | null> {
		const failure = await this.#auth.signIn(this.email, password);
		if (failure) return failure;
		this.expired = false;
		this.#resumed();
		return null;
	}

	async #renew(): Promise<boolean> {
		if (this.expired) return false;
		const renewed = await this.#auth.refresh();
		this.expired = !renewed;
		return renewed;
	}
}

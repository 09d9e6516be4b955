import type { MailBounce } from '@chatiq/contracts/mails';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';

export interface MailApi {
	bounces(organization: string): Promise<MailBounce[]>;
	lift(organization: string, email: string): Promise<void>;
}

/** The addresses of one organisation to which nothing is sent any more. */
export class Bounces {
	/** Null until they are known. */
	list = $state.raw<readonly MailBounce[] | null>(null);
	failure = $state.raw<FailureCode | null>(null);
	/** Addresses that are being allowed again. */
	busy = $state.raw<ReadonlySet<string>>(new Set());

	readonly #api: MailApi;
	#organization = '';

	constructor(api: MailApi) {
		this.#api = api;
	}

	async show(organization: string): Promise<void> {
		if (organization !== this.#organization) this.list = null;
		this.#organization = organization;
		this.failure = null;
		try {
			const list = await this.#api.bounces(organization);
			// Another organisation was chosen meanwhile.
			if (organization === this.#organization) this.list = list;
		} catch (error) {
			if (organization === this.#organization) this.failure = codeOf(error);
		}
	}

	reload(): Promise<void> {
		return this.show(this.#organization);
	}

	/** Null when it was done; the address leaves the list only then. */
	async lift(email: string): Promise<FailureCode | null> {
		const organization = this.#organization;
		this.busy = new Set([...this.busy, email]);
		try {
			await this.#api.lift(organization, email);
			if (organization === this.#organization) {
				this.list = this.list?.filter((bounce) => bounce.email !== email) ?? null;
			}
			return null;
		} catch (error) {
			return codeOf(error);
		} finally {
			this.busy = new Set([...this.busy].filter((one) => one !== email));
		}
	}
}

import type { SnippetMail } from '@chatiq/contracts/mails';
import { uuidv7 } from '@chatiq/contracts/ids';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';

export type MailLanguage = 'en' | 'uk';

export interface SnippetApi {
	list(): Promise<SnippetMail[]>;
	send(id: string, email: string, language: MailLanguage): Promise<SnippetMail>;
}

const lookMs = 1500;

/** Mails with the code of a site's widget, and what became of them. */
export class SnippetMails {
	mails = $state.raw<readonly SnippetMail[]>([]);
	busy = $state(false);
	failure = $state.raw<FailureCode | null>(null);

	readonly #api: SnippetApi;
	/** Of the mail that is being written: a second try after a lost answer sends nothing twice. */
	#id = uuidv7();
	#to = '';

	constructor(api: SnippetApi) {
		this.#api = api;
	}

	/** Whether it is on its way. */
	async send(email: string, language: MailLanguage): Promise<boolean> {
		if (email !== this.#to) [this.#id, this.#to] = [uuidv7(), email];
		this.busy = true;
		this.failure = null;
		try {
			const mail = await this.#api.send(this.#id, email, language);
			this.mails = [mail, ...this.mails.filter(({ id }) => id !== mail.id)];
			this.#to = '';
			return true;
		} catch (error) {
			this.failure = codeOf(error);
			return false;
		} finally {
			this.busy = false;
		}
	}

	/** Looks at once, and again while something waits; call the result to stop. */
	connect(): () => void {
		const look = (): void => {
			this.#api.list().then(
				(mails) => (this.mails = mails),
				// What is shown stays; a send tells of its own failure.
				(error: unknown) => console.warn('The list of mails could not be read', error)
			);
		};
		look();
		const timer = setInterval(() => {
			if (this.mails.some(({ state }) => state === 'waiting')) look();
		}, lookMs);
		return () => clearInterval(timer);
	}
}

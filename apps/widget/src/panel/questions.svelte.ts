import type { FormField, GivenAnswers } from '@chatiq/contracts/forms';
import type { PublicSite } from '@chatiq/contracts/site';
import type { ChatView } from '../core/chat-view.ts';
import type { KeyValue } from '../core/key-value.ts';
import { awayStatus } from './away.ts';

const asked = 'asked';

const email: FormField = {
	key: 'email',
	kind: 'email',
	required: false,
	label: { en: '', uk: '' },
	placeholder: { en: '', uk: '' },
	options: [],
	url: ''
};

interface QuestionsOptions {
	storage: KeyValue;
	tab: KeyValue;
	key: string;
	site: () => PublicSite;
	view: () => ChatView;
	retry: (messageId: string) => void;
	/** The server goes by another form than the one that was filled in. */
	onstale: () => void;
}

/** What a visitor is asked once, before the first message, and what was answered so far. */
export class Questions {
	/** Set by the form while it stands there: shows what is missing and takes the answers if nothing is. */
	submit: (() => boolean) | null = null;
	/** What a signed identity answers already. */
	vouched = $state.raw<readonly string[]>([]);

	readonly #options: QuestionsOptions;
	/** Other tabs and later pages know it too: whichever sends the first message takes the answers along. */
	#kept: string | null;
	/** Texts that the server refused because the form lacked something. */
	#incomplete: readonly string[] = [];

	readonly away = $derived.by(() => awayStatus(this.#options.site()));

	/** Nothing once it was answered. */
	readonly asked = $derived.by((): FormField[] => {
		const { conversation, restoring } = this.#options.view();
		if (conversation || restoring || this.#kept !== null) return [];
		return this.#fields().filter(({ key }) => !this.vouched.includes(key));
	});

	constructor(options: QuestionsOptions) {
		this.#options = options;
		this.#kept = $state.raw(options.storage.get(options.key));
	}

	/** What goes out with the first message. */
	get answers(): GivenAnswers | null {
		return parsed(this.#kept === asked ? null : this.#kept);
	}

	/** What is typed and not taken yet. */
	get draft(): GivenAnswers {
		return parsed(this.#options.tab.get(this.#options.key)) ?? {};
	}

	set draft(values: GivenAnswers) {
		this.#options.tab.set(this.#options.key, JSON.stringify(values));
	}

	/** Whether the first text may go. What is optional holds nobody up before its form has come. */
	pass(): boolean {
		if (this.asked.length === 0) return true;
		return this.submit?.() ?? !this.asked.some(({ required }) => required);
	}

	answer(values: GivenAnswers): void {
		this.#keep(JSON.stringify(values));
		this.#options.tab.set(this.#options.key, null);
		for (const id of this.#incomplete) this.#options.retry(id);
	}

	/** Keeps up with the conversation: the answers have arrived with it, or the server wants more. */
	follow(): void {
		const { conversation, entries } = this.#options.view();
		if (conversation) {
			if (this.#kept !== asked) this.#keep(asked);
			return;
		}
		const refused = entries.filter((entry) => entry.refused === 'form_incomplete');
		const isNews = refused.some(({ id }) => !this.#incomplete.includes(id));
		this.#incomplete = refused.map(({ id }) => id);
		if (!isNews) return;
		if (this.answers) this.draft = this.answers;
		this.#keep(null);
		this.#options.onstale();
	}

	forget(): void {
		this.#options.tab.set(this.#options.key, null);
		this.#keep(null);
	}

	#fields(): FormField[] {
		const { pre_chat, offline_form } = this.#options.site().settings;
		const fields = pre_chat.enabled ? [...pre_chat.fields] : [];
		// Somebody who began to fill it in keeps it, though the team has come back meanwhile.
		if (!offline_form.enabled || !(this.away || this.draft['email'])) return fields;
		const at = fields.findIndex(({ key }) => key === 'email');
		const required = this.away !== null && offline_form.email === 'required';
		if (at === -1) fields.push({ ...email, required });
		else if (required) fields[at] = { ...email, ...fields[at], required };
		return fields;
	}

	#keep(value: string | null): void {
		this.#kept = value;
		this.#options.storage.set(this.#options.key, value);
	}
}

/** Only what is an object of texts: the page may write there as well. */
function parsed(text: string | null): GivenAnswers | null {
	try {
		const value: unknown = JSON.parse(text ?? 'null');
		if (typeof value !== 'object' || value === null) return null;
		const texts = Object.entries(value).filter(([, it]) => typeof it === 'string');
		return Object.fromEntries(texts as [string, string][]);
	} catch {
		return null;
	}
}

/** A text of the customer's in each language; an empty one falls back to the other, or to the product's own. */
export interface Localized {
	en: string;
	uk: string;
}

/** `name`, `email` and `phone` have the key of their kind and become the visitor's own; their labels may be empty. */
export type FieldKind = 'name' | 'email' | 'phone' | 'text' | 'select' | 'checkbox' | 'consent';

export interface FormField {
	key: string;
	kind: FieldKind;
	required: boolean;
	/** Of a consent what is agreed to; words in [brackets] become the link. */
	label: Localized;
	placeholder: Localized;
	/** Choices of a select, empty for all others. */
	options: { value: string; label: Localized }[];
	/** Link of a consent; empty for none. */
	url: string;
}

/** What a new visitor is asked before the first message, in this order. */
export interface PreChatForm {
	enabled: boolean;
	intro: Localized;
	fields: FormField[];
}

/** While nobody answers: what is said, and whether an e-mail address has to be left. */
export interface OfflineForm {
	enabled: boolean;
	email: 'required' | 'optional';
	text: Localized;
}

export interface RatingSettings {
	enabled: boolean;
	scale: 'faces' | 'stars';
	comment: boolean;
}

export interface TranscriptSettings {
	download: boolean;
	email: boolean;
}

/** Stands under the composer; whoever sends a first message agrees. Words in [brackets] become the link. */
export interface ConsentNotice {
	text: Localized;
	url: string;
}

/** Part of `WidgetSettings`; checked by the database, column by column of `public.widget_settings`. */
export interface WidgetForms {
	pre_chat: PreChatForm;
	offline_form: OfflineForm;
	rating: RatingSettings;
	transcript: TranscriptSettings;
	consent: ConsentNotice;
}

/** Texts by the keys of their fields; `true` for what is ticked. Part of `VisitorDetails`. */
export type GivenAnswers = Record<string, string>;

/** One of `visitors.answers`: what was filled in or agreed to, in the words that stood there. */
export interface FormAnswer {
	key: string;
	kind: FieldKind;
	label?: string;
	value: string;
	/** Of a select: what the choice was called. */
	text?: string;
	url?: string;
	answered_at: string;
}

/** Answer of `get_contact` and `leave_email`: how the team can reach the visitor. */
export interface VisitorContact {
	visitor_id: string;
	name: string | null;
	email: string | null;
	verified: boolean;
}

/** Answer of `get_rating` and `rate_conversation`. */
export interface MyRating {
	conversation_id: string;
	score: number | null;
	comment: string | null;
}

/** Answer of `request_transcript`: where it goes. */
export interface TranscriptRequested {
	conversation_id: string;
	email: string;
}

export const maxRatingComment = 2000;

/** The form of an address, as `app.valid_email` has it. */
export function isEmail(text: string): boolean {
	return text.length <= 254 && /^[^\s@<>,;"]+@([^\s@<>,;".]+\.)+[^\s@<>,;".]{2,}$/.test(text);
}

/** What is wrong with an answer, as `app.answer_problem` has it; null when it is good. */
export function answerProblem(
	{ kind, required, options }: FormField,
	given: string
): 'required' | 'invalid' | null {
	const answer = given.trim();
	const ticked = kind === 'checkbox' || kind === 'consent';
	if (answer === '' || (ticked && answer !== 'true')) return required ? 'required' : null;
	return isGood(kind, answer, options) ? null : 'invalid';
}

function isGood(kind: FieldKind, answer: string, options: FormField['options']): boolean {
	if (kind === 'name') return Array.from(answer).length <= 120;
	if (kind === 'email') return isEmail(answer);
	if (kind === 'phone') {
		return /^\+?[-0-9 ()./]{3,39}$/.test(answer) && answer.replace(/\D/g, '').length >= 5;
	}
	if (kind === 'select') return options.some(({ value }) => value === answer);
	return kind !== 'text' || Array.from(answer).length <= 1000;
}

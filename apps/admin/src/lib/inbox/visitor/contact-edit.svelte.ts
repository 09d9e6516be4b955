import type { VisitorChanges } from '@chatiq/contracts/visitor';
import { answerProblem, type FieldKind } from '@chatiq/contracts/forms';
import type { Visitor } from '../api.ts';
import { codeOf, type FailureCode } from '../failure.ts';

export type ContactField = keyof VisitorChanges;

export const contactFields = ['name', 'email', 'phone', 'note'] as const;

export const maxNote = 2000;

interface Options {
	visitor: () => Visitor;
	/** Refuses with `signed_value` what the site itself has said of the visitor, unless it is meant to be replaced. */
	change: (changes: VisitorChanges, overSigned: boolean) => Promise<Visitor>;
	/** It is stored; `before` is what stood there. */
	onsaved: (visitor: Visitor, field: ContactField, before: string | null) => void;
	onfailed: (code: FailureCode) => void;
}

/** Why a value cannot be saved. */
export type ContactProblem = 'email' | 'phone' | 'long';

/** What is known of a visitor, changed in its place: one field at a time. */
export class ContactEdit {
	field = $state<ContactField | null>(null);
	text = $state('');
	problem = $state<ContactProblem | null>(null);
	/** The value comes from the visitor's sign-in on the site: replaced only by somebody who knows that. */
	asking = $state(false);
	busy = $state(false);

	readonly #options: Options;

	constructor(options: Options) {
		this.#options = options;
	}

	begin(field: ContactField): void {
		this.field = field;
		this.text = this.#options.visitor()[field] ?? '';
		this.problem = null;
		this.asking = false;
	}

	leave(): void {
		this.field = null;
		this.asking = false;
		this.problem = null;
	}

	typed(): void {
		this.problem = null;
		this.asking = false;
	}

	/** True when the field can be left: it is stored, or nothing was changed. */
	async save(overSigned = false): Promise<boolean> {
		const { field } = this;
		if (field === null || this.busy) return false;
		const value = this.text.trim();
		const before = this.#options.visitor()[field];
		if (value === (before ?? '')) {
			this.leave();
			return true;
		}
		this.problem = problemOf(field, value);
		if (this.problem) return false;
		return this.#store(field, value, before, overSigned);
	}

	async #store(
		field: ContactField,
		value: string,
		before: string | null,
		overSigned: boolean
	): Promise<boolean> {
		this.busy = true;
		try {
			const visitor = await this.#options.change({ [field]: value || null }, overSigned);
			this.leave();
			this.#options.onsaved(visitor, field, before);
			return true;
		} catch (error) {
			const code = codeOf(error);
			if (code === 'signed_value') this.asking = true;
			else this.#options.onfailed(code);
			return false;
		} finally {
			this.busy = false;
		}
	}
}

/** The rules of `change_visitor`, told before it is asked. */
function problemOf(field: ContactField, value: string): ContactProblem | null {
	if (value === '') return null;
	if (field === 'note') return Array.from(value).length > maxNote ? 'long' : null;
	if (!answerProblem(fieldOf(field), value)) return null;
	return field === 'name' ? 'long' : field;
}

const none = { en: '', uk: '' };

const fieldOf = (kind: FieldKind) => ({
	...{ kind, key: kind, required: false, options: [], url: '' },
	...{ label: none, placeholder: none }
});

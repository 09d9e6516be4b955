import { answerProblem, type FormField, type GivenAnswers } from '@chatiq/contracts/forms';

/** What is in the fields, and which of them are to be complained about. */
export class FormState {
	values: GivenAnswers;
	#checked = $state.raw<ReadonlySet<string>>(new Set());
	readonly #onchange: (values: GivenAnswers) => void;

	constructor(values: GivenAnswers, onchange: (values: GivenAnswers) => void) {
		this.values = $state.raw(values);
		this.#onchange = onchange;
	}

	set(key: string, value: string): void {
		this.values = { ...this.values, [key]: value };
		this.#onchange(this.values);
	}

	/** The visitor has left the field: what is there may be wrong, what is empty may still come. */
	left(key: string): void {
		if (this.values[key]?.trim()) this.#checked = new Set([...this.#checked, key]);
	}

	problem(field: FormField): ReturnType<typeof answerProblem> {
		return this.#checked.has(field.key) ? answerProblem(field, this.values[field.key] ?? '') : null;
	}

	/** Complains about everything that is wrong and names the first of it. */
	check(fields: readonly FormField[]): FormField | undefined {
		this.#checked = new Set(fields.map(({ key }) => key));
		return fields.find((field) => this.problem(field));
	}

	/** What was filled in of these fields. */
	answers(fields: readonly FormField[]): GivenAnswers {
		return Object.fromEntries(
			fields.flatMap(({ key }) => {
				const value = this.values[key]?.trim();
				return value ? [[key, value]] : [];
			})
		);
	}
}

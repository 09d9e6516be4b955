import type { FieldKind, FormField, Localized } from '@chatiq/contracts/forms';
import { m } from '@chatiq/i18n/console';
import type { Behaviour } from './columns.ts';
import type { Problems } from './draft.svelte.ts';

export const mostFields = 12;
export const mostOptions = 30;

const personal = ['name', 'email', 'phone'] as const;
const isPersonal = (kind: FieldKind) => personal.some((known) => known === kind);

const empty = (): Localized => ({ en: '', uk: '' });
const said = ({ en, uk }: Localized) => en.trim() !== '' || uk.trim() !== '';

export const kindName: Record<FieldKind, () => string> = {
	name: m.set_field_name,
	email: m.set_field_email,
	phone: m.set_field_phone,
	text: m.set_field_text,
	select: m.set_field_select,
	checkbox: m.set_field_checkbox,
	consent: m.set_field_consent
};

/** The kinds that may still be added: what becomes the visitor's own is asked once. */
export function addableKinds(fields: readonly FormField[]): FieldKind[] {
	if (fields.length >= mostFields) return [];
	return (Object.keys(kindName) as FieldKind[]).filter(
		(kind) => !isPersonal(kind) || !fields.some((field) => field.kind === kind)
	);
}

/** A field as somebody begins with it; answers are kept under its key, which no other field has. */
export function newField(kind: FieldKind, fields: readonly FormField[]): FormField {
	const taken = new Set(fields.map(({ key }) => key));
	let count = 1;
	while (taken.has(`${kind}_${count}`)) count++;
	return {
		...{ key: isPersonal(kind) ? kind : `${kind}_${count}`, kind },
		required: kind === 'consent',
		...{ label: empty(), placeholder: empty(), url: '' },
		options: kind === 'select' ? [newOption([])] : []
	};
}

export function newOption(options: FormField['options']): FormField['options'][number] {
	const taken = new Set(options.map(({ value }) => value));
	let count = options.length + 1;
	while (taken.has(`option_${count}`)) count++;
	return { value: `option_${count}`, label: empty() };
}

const isLink = (url: string) => url === '' || (/^https?:\/\/\S+$/.test(url) && url.length <= 2000);

function fieldProblems(field: FormField, at: string): Record<string, string> {
	const problems: Record<string, string> = {};
	if (!isPersonal(field.kind) && !said(field.label))
		problems[`${at}.label`] = m.set_field_unnamed();
	if (!isLink(field.url)) problems[`${at}.url`] = m.set_link_invalid();
	field.options.forEach((option, place) => {
		if (!said(option.label)) problems[`${at}.options.${place}`] = m.set_option_unnamed();
	});
	if (field.kind === 'select' && field.options.length === 0)
		problems[`${at}.options`] = m.set_options_missing();
	return problems;
}

export function behaviourProblems({ pre_chat, consent }: Behaviour): Problems {
	return {
		...Object.fromEntries(
			pre_chat.fields.flatMap((field, place) =>
				Object.entries(fieldProblems(field, `fields.${place}`))
			)
		),
		...(isLink(consent.url) ? {} : { consent: m.set_link_invalid() })
	};
}

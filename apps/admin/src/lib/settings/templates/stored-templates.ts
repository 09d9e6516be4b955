import { uuidv7 } from '@chatiq/contracts/ids';
import type { Tables } from '@chatiq/contracts/database';
import type { Rest } from '../columns.ts';
import { rows } from '../failure.ts';

export type Template = Pick<
	Tables<'quick_templates'>,
	'id' | 'organization_id' | 'site_id' | 'language' | 'shortcut' | 'title' | 'body'
>;

/** What the templates' screen does in the database. */
export class StoredTemplates {
	readonly #rest: Rest;

	constructor(rest: Rest) {
		this.#rest = rest;
	}

	/** A repeat with the same id changes nothing. */
	async create(template: Template): Promise<void> {
		const { id, organization_id, site_id, language, shortcut, title, body } = template;
		const row = { id, organization_id, site_id, language, shortcut, title, body };
		await rows(
			this.#rest().from('quick_templates').upsert(row, { onConflict: 'id', ignoreDuplicates: true })
		);
	}

	async change({ id, site_id, language, shortcut, title, body }: Template): Promise<void> {
		await rows(
			this.#rest()
				.from('quick_templates')
				.update({ site_id, language, shortcut, title, body })
				.eq('id', id)
		);
	}

	async remove(id: string): Promise<void> {
		await rows(this.#rest().from('quick_templates').delete().eq('id', id));
	}

	/** Those with the shortcut, language and site of one that is there replace its words; a repeat changes nothing. */
	async import(
		organization_id: string,
		texts: readonly Omit<Template, 'id' | 'organization_id'>[],
		present: readonly Template[]
	): Promise<void> {
		const key = ({ language, shortcut, site_id }: Omit<Template, 'id' | 'organization_id'>) =>
			`${language} ${shortcut} ${site_id ?? ''}`;
		const known = new Map(present.map((template) => [key(template), template]));
		for (const text of texts) {
			const before = known.get(key(text));
			const template = { id: uuidv7(), organization_id, ...before, ...text };
			await (before ? this.change(template) : this.create(template));
			known.set(key(text), template);
		}
	}
}

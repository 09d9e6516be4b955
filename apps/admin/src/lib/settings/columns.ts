import type { PostgrestClient } from '@supabase/postgrest-js';
import type { Database, Enums, Tables } from '@chatiq/contracts/database';
import type { WidgetForms } from '@chatiq/contracts/forms';
import type { WidgetSettings } from '@chatiq/contracts/site';
import type { Stored } from './draft.svelte.ts';
import { rows } from './failure.ts';
import { saveRow } from './save-row.ts';

export type Rest = () => PostgrestClient<Database>;

export type Appearance = Omit<WidgetSettings, keyof WidgetForms | 'sounds'>;
export type Behaviour = WidgetForms & {
	file_kinds: Enums<'file_kind'>[];
	sounds: boolean;
};
export type General = Pick<Tables<'sites'>, 'name' | 'allowed_origins'>;
export type MailDelays = Pick<Tables<'sites'>, 'missed_chat_minutes' | 'offline_reply_minutes'>;
export type TeamWork = Pick<
	Tables<'sites'>,
	| 'routing'
	| 'routing_online_only'
	| 'first_reply_minutes'
	| 'next_reply_minutes'
	| 'reply_in_hours'
>;
export type Retention = Pick<Tables<'sites'>, 'retention_days' | 'follow_pages'>;
export type Verification = Pick<Tables<'sites'>, 'require_verification'>;

/** The columns that one screen shows and saves. */
export interface Columns<Values> {
	table: 'widget_settings' | 'sites';
	names: readonly (keyof Values & string)[];
}

export const appearance: Columns<Appearance> = {
	table: 'widget_settings',
	names: [
		...(['primary_color', 'secondary_color', 'position', 'size', 'theme'] as const),
		...(['language', 'texts', 'show_agents', 'logo_url', 'branding'] as const)
	]
};
export const behaviour: Columns<Behaviour> = {
	table: 'widget_settings',
	names: ['pre_chat', 'offline_form', 'rating', 'transcript', 'consent', 'file_kinds', 'sounds']
};
export const general: Columns<General> = { table: 'sites', names: ['name', 'allowed_origins'] };
export const mailDelays: Columns<MailDelays> = {
	table: 'sites',
	names: ['missed_chat_minutes', 'offline_reply_minutes']
};
export const teamWork: Columns<TeamWork> = {
	table: 'sites',
	names: [
		...(['routing', 'routing_online_only'] as const),
		...(['first_reply_minutes', 'next_reply_minutes', 'reply_in_hours'] as const)
	]
};
export const retention: Columns<Retention> = {
	table: 'sites',
	names: ['retention_days', 'follow_pages']
};
export const verification: Columns<Verification> = {
	table: 'sites',
	names: ['require_verification']
};

type Row = Record<string, unknown> & { updated_at: string };

/** What of a row belongs to a screen. */
export function storedOf<Values>({ names }: Columns<Values>, row: object): Stored<Values> {
	const all = row as Row;
	return {
		// Checked by the database, document by document; the generated types only know that it is JSON.
		values: Object.fromEntries(names.map((name) => [name, all[name]])) as Values,
		version: all.updated_at
	};
}

/** Saves these columns of a site, over exactly what was shown. */
export function saveColumns<Values extends object>(
	rest: Rest,
	columns: Columns<Values>,
	siteId: string
): (values: Values, over: Stored<Values>) => Promise<Stored<Values>> {
	const { table } = columns;
	const key = table === 'sites' ? 'id' : 'site_id';
	return (values, over) =>
		saveRow(values, over, {
			write: async (changed, version) => {
				const [row] = await rows<object[]>(
					rest()
						.from(table)
						.update(changed as never)
						.match({ [key]: siteId, updated_at: version })
						.select('*')
				);
				return row ? storedOf(columns, row) : null;
			},
			read: async () =>
				storedOf(
					columns,
					await rows<object>(
						rest()
							.from(table)
							.select('*')
							.match({ [key]: siteId })
							.single()
					)
				)
		});
}

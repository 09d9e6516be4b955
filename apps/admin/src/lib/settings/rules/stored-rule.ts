import type { Tables } from '@chatiq/contracts/database';
import type { Rest } from '../columns.ts';
import type { Stored } from '../draft.svelte.ts';
import { rows } from '../failure.ts';
import { saveRow } from '../save-row.ts';
import { formOf, rowOf, type RuleForm } from './rule-form.ts';

type Row = Tables<'auto_reply_rules'>;

export const storedRule = (row: Row): Stored<RuleForm> => ({
	values: formOf(row),
	version: row.updated_at
});

export const saveRule =
	(rest: Rest, id: string) =>
	(values: RuleForm, over: Stored<RuleForm>): Promise<Stored<RuleForm>> =>
		saveRow(values, over, {
			write: async (form, version) => {
				const [row] = await rows(
					rest()
						.from('auto_reply_rules')
						.update(rowOf(form))
						.match({ id, updated_at: version })
						.select('*')
				);
				return row ? storedRule(row) : null;
			},
			read: async () =>
				storedRule(await rows(rest().from('auto_reply_rules').select('*').eq('id', id).single()))
		});

/** A repeat with the same id changes nothing. */
export async function insertRule(
	rest: Rest,
	form: RuleForm,
	place: Pick<Row, 'id' | 'site_id' | 'organization_id' | 'position'>
): Promise<Stored<RuleForm>> {
	await rows(
		rest()
			.from('auto_reply_rules')
			.upsert({ ...rowOf(form), ...place }, { onConflict: 'id', ignoreDuplicates: true })
	);
	return storedRule(
		await rows(rest().from('auto_reply_rules').select('*').eq('id', place.id).single())
	);
}

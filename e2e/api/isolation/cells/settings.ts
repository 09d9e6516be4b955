import { uuidv7 } from '@chatiq/contracts/ids';
import { randomUUID } from 'node:crypto';
import type { Key, TableCells } from '../cells.ts';
import { grid } from '../grid.ts';
import type { World } from '../world.ts';

/** One row of the table on each site, by these columns of its key (`furnish` made them). */
const onSites =
	(table: string, ...columns: string[]) =>
	async (world: World): Promise<Record<string, Key>> => ({
		first: await keyOn(world, table, world.a.site.id, columns),
		second: await keyOn(world, table, world.secondSite.id, columns),
		foreign: await keyOn(world, table, world.b.site.id, columns)
	});

const inOrganizations =
	(table: string, ...columns: string[]) =>
	async (world: World): Promise<Record<string, Key>> => ({
		a: await keyOn(world, table, world.a.organization, columns, 'organization_id'),
		foreign: await keyOn(world, table, world.b.organization, columns, 'organization_id')
	});

async function keyOn(
	{ sql }: World,
	table: string,
	id: string,
	columns: string[],
	by: 'site_id' | 'organization_id' = 'site_id'
): Promise<Key> {
	const [row] = await sql<{ row: Record<string, unknown> }[]>`
		select to_jsonb(t) as row from public.${sql(table)} as t where ${sql(by)} = ${id} order by 1 limit 1`;
	if (!row) throw new Error(`${table} has no row for ${id}`);
	return Object.fromEntries(columns.map((column) => [column, String(row.row[column])]));
}

const readBySite = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     +   +   +   -   x   x   x   x   x   -   -   +
	second    +   +   -   -   x   x   x   x   x   -   -   +
	foreign   -   -   -   -   x   x   x   x   x   +   -   +`;

const adminsBySite = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     +   +   -   -   x   x   x   x   x   -   -   +
	second    +   +   -   -   x   x   x   x   x   -   -   +
	foreign   -   -   -   -   x   x   x   x   x   +   -   +`;

/** An insert that a policy refuses is refused aloud. */
const adminsInsertBySite = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     +   +   x   x   x   x   x   x   x   x   x   +
	second    +   +   x   x   x   x   x   x   x   x   x   +
	foreign   x   x   x   x   x   x   x   x   x   +   x   +`;

const membersRead = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	a         +   +   +   +   x   x   x   x   x   -   -   +
	foreign   -   -   -   -   x   x   x   x   x   +   -   +`;

const admins = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	a         +   +   -   -   x   x   x   x   x   -   -   +
	foreign   -   -   -   -   x   x   x   x   x   +   -   +`;

const adminsInsert = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	a         +   +   x   x   x   x   x   x   x   x   x   +
	foreign   x   x   x   x   x   x   x   x   x   +   x   +`;

const everywhereInserted = grid`
	            own adm opr una ver unv oth blk pas str rem svc
	everywhere  +   +   x   x   x   x   x   x   x   x   x   +`;

const everywhereChanged = grid`
	            own adm opr una ver unv oth blk pas str rem svc
	everywhere  +   +   -   -   x   x   x   x   x   -   -   +`;

/** Read under the rule, written by functions and triggers alone. */
const readOnly = (rows: TableCells['rows'], select: TableCells['select']): TableCells => ({
	rows,
	select,
	insert: 'never',
	update: 'never',
	delete: 'never'
});

export const settingsTables: Record<string, TableCells> = {
	invitations: readOnly(inOrganizations('invitations', 'id'), admins),
	api_keys: readOnly(inOrganizations('api_keys', 'id'), admins),
	webhook_deliveries: readOnly(inOrganizations('webhook_deliveries', 'id'), admins),
	retired_site_keys: readOnly(onSites('retired_site_keys', 'site_key'), adminsBySite),
	conversation_labels: readOnly(
		onSites('conversation_labels', 'conversation_id', 'label_id'),
		readBySite
	),
	ratings: readOnly(onSites('ratings', 'conversation_id'), readBySite),
	auto_reply_runs: readOnly(onSites('auto_reply_runs', 'rule_id', 'key'), readBySite),
	business_hours: readOnly(onSites('business_hours', 'site_id', 'weekday', 'opens'), readBySite),
	business_hours_exceptions: readOnly(onSites('business_hours_exceptions', 'id'), readBySite),
	labels: {
		rows: inOrganizations('labels', 'id'),
		select: membersRead,
		insert: { columns: 'id organization_id name color', cells: adminsInsert },
		update: [{ columns: 'name color', cells: admins }],
		delete: admins,
		copy: () => ({ name: uuidv7() })
	},
	// One without a site is for all of the organisation.
	quick_templates: {
		rows: async (world) => {
			const { sql, a } = world;
			const id = randomUUID();
			await sql`
				insert into public.quick_templates (id, organization_id, language, shortcut, body)
				values (${id}, ${a.organization}, 'en', ${id}, 'Hello')`;
			return { ...(await onSites('quick_templates', 'id')(world)), everywhere: { id } };
		},
		select: {
			...readBySite,
			...grid`
				            own adm opr una ver unv oth blk pas str rem svc
				everywhere  +   +   +   +   x   x   x   x   x   -   -   +`
		},
		insert: {
			columns: 'id organization_id site_id language shortcut title body',
			cells: { ...adminsInsertBySite, ...everywhereInserted }
		},
		update: [
			{
				columns: 'site_id language shortcut title body',
				cells: { ...adminsBySite, ...everywhereChanged }
			}
		],
		delete: { ...adminsBySite, ...everywhereChanged },
		copy: () => ({ shortcut: randomUUID() })
	},
	auto_reply_rules: {
		rows: onSites('auto_reply_rules', 'id'),
		select: readBySite,
		insert: {
			columns:
				'id organization_id site_id name trigger conditions texts actions frequency stops position enabled',
			cells: adminsInsertBySite
		},
		update: [
			{
				columns: 'name trigger conditions texts actions frequency stops position enabled',
				cells: adminsBySite
			}
		],
		delete: adminsBySite
	},
	webhooks: {
		rows: inOrganizations('webhooks', 'id'),
		select: admins,
		insert: { columns: 'id organization_id site_id name url events active', cells: adminsInsert },
		update: [{ columns: 'site_id name url events active', cells: admins }],
		delete: admins
	}
};

import type postgres from 'postgres';
import { isConnectionLost, sqlState } from '../database-errors.ts';
import type { Claims } from '../token.ts';
import { describeQuery } from './query.ts';
import type { ChangeQuery } from './query.ts';
import { SubscriptionRefused } from './refused.ts';

export const changesPublication = 'supabase_realtime';

export interface Subscription {
	id: string;
	query: ChangeQuery;
}

/** Condition names that a wrong subscription can meet. */
const conditions = new Map([
	['22003', 'numeric_value_out_of_range'],
	['22007', 'invalid_datetime_format'],
	['22008', 'datetime_field_overflow'],
	['22023', 'invalid_parameter_value'],
	['22P02', 'invalid_text_representation'],
	['42501', 'insufficient_privilege'],
	['42601', 'syntax_error'],
	['42704', 'undefined_object'],
	['42883', 'undefined_function'],
	['P0001', 'raise_exception']
]);

/**
 * Replaces the rows of these subscriptions: all are stored or none. Answers the tables they watch.
 * Throws `SubscriptionRefused` unless it was the connection that failed.
 */
export async function storeSubscriptions(
	sql: postgres.Sql,
	subscriptions: Subscription[],
	claims: Claims
): Promise<Set<number>> {
	const tables = new Set<number>();
	await sql.begin(async (tx) => {
		await deleteSubscriptions(
			tx,
			subscriptions.map(({ id }) => id)
		);
		for (const { id, query } of subscriptions) {
			const stored = await storeOne(tx, id, query, claims);
			if (stored.length === 0) {
				throw new SubscriptionRefused(
					`Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: ${describeQuery(query)}`
				);
			}
			for (const { entity } of stored) tables.add(entity);
		}
	});
	return tables;
}

async function storeOne(
	tx: postgres.TransactionSql,
	id: string,
	query: ChangeQuery,
	claims: Claims
): Promise<{ entity: number }[]> {
	const { event, schema, table, filters, select } = query;
	const column = (name: keyof (typeof filters)[number]): string[] =>
		filters.map((filter) => String(filter[name]));
	try {
		return await tx<{ entity: number }[]>`
			insert into realtime.subscription
				(subscription_id, entity, filters, claims, action_filter, selected_columns)
			select
				${id},
				format('%I.%I', schemaname, tablename)::regclass,
				array(
					select (name, operator::realtime.equality_op, value, negate::boolean)::realtime.user_defined_filter
					from unnest(
						${column('column')}::text[], ${column('operator')}::text[],
						${column('value')}::text[], ${column('negate')}::text[]
					) as filter (name, operator, value, negate)
				),
				${JSON.stringify(claims)}::text::jsonb,
				${event},
				${select}::text[]
			from pg_publication_tables
			where pubname = ${changesPublication}
				and schemaname like (case ${schema} when '*' then '%' else ${schema} end) escape ''
				and tablename like (case ${table} when '*' then '%' else ${table} end) escape ''
			returning entity::oid::int8::float8 as entity`;
	} catch (error) {
		const state = sqlState(error);
		if (state === undefined || isConnectionLost(error) || !(error instanceof Error)) throw error;
		const condition = conditions.get(state);
		throw new SubscriptionRefused(
			`Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: ${describeQuery(query)}. Exception: ERROR ${state}${condition ? ` (${condition})` : ''} ${error.message}`,
			{ cause: error }
		);
	}
}

export async function deleteSubscriptions(sql: postgres.ISql, ids: string[]): Promise<void> {
	await sql`delete from realtime.subscription where subscription_id = any(${ids}::uuid[])`;
}

/** Changes whenever a table enters or leaves the publication, or is made anew. */
export async function publishedTables(sql: postgres.Sql): Promise<string> {
	const [row] = await sql<{ tables: string }[]>`
		select coalesce(string_agg(relation::text, ',' order by relation), '') as tables
		from (
			select format('%I.%I', schemaname, tablename)::regclass::oid as relation
			from pg_publication_tables where pubname = ${changesPublication}
		) as published`;
	return row?.tables ?? '';
}

import type { Sql } from '../../sessions.ts';
import { isConnectionLost, sqlState } from '../database-errors.ts';
import type { Claims } from '../token.ts';
import type { Query, Transactions } from '../transactions.ts';
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
	transactions: Transactions,
	subscriptions: Subscription[],
	claims: Claims
): Promise<Set<number>> {
	const tables = new Set<number>();
	await transactions.run('commit', async (query) => {
		const ids = subscriptions.map(({ id }) => id);
		await query('unsubscribe', deletion, [ids]);
		for (const subscription of subscriptions) {
			const stored = await storeOne(query, subscription, claims);
			if (stored.length === 0) {
				throw new SubscriptionRefused(
					`Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: ${describeQuery(subscription.query)}`
				);
			}
			for (const { entity } of stored) tables.add(entity);
		}
	});
	return tables;
}

async function storeOne(
	run: Query,
	{ id, query }: Subscription,
	claims: Claims
): Promise<{ entity: number }[]> {
	const { event, schema, table, filters, select } = query;
	const column = (name: keyof (typeof filters)[number]): string[] =>
		filters.map((filter) => String(filter[name]));
	try {
		return await run<{ entity: number }>('subscribe', insertion, [
			...[id, JSON.stringify(claims), event, select, changesPublication, schema, table],
			...[column('column'), column('operator'), column('value'), column('negate')]
		]);
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

const insertion = `
	insert into realtime.subscription
		(subscription_id, entity, filters, claims, action_filter, selected_columns)
	select
		$1,
		format('%I.%I', schemaname, tablename)::regclass,
		array(
			select (name, operator::realtime.equality_op, value, negate::boolean)::realtime.user_defined_filter
			from unnest($8::text[], $9::text[], $10::text[], $11::text[])
				as filter (name, operator, value, negate)
		),
		$2::text::jsonb,
		$3,
		$4::text[]
	from pg_publication_tables
	where pubname = $5
		and schemaname like (case $6 when '*' then '%' else $6 end) escape ''
		and tablename like (case $7 when '*' then '%' else $7 end) escape ''
	returning entity::oid::int8::float8 as entity`;

const deletion = 'delete from realtime.subscription where subscription_id = any($1::uuid[])';

export async function deleteSubscriptions(
	transactions: Transactions,
	ids: string[]
): Promise<void> {
	await transactions.run('commit', (query) => query('unsubscribe', deletion, [ids]));
}

/** Changes whenever a table enters or leaves the publication, or is made anew. */
export async function publishedTables(sql: Sql): Promise<string> {
	const [row] = await sql<{ tables: string }[]>`
		select coalesce(string_agg(relation::text, ',' order by relation), '') as tables
		from (
			select format('%I.%I', schemaname, tablename)::regclass::oid as relation
			from pg_publication_tables where pubname = ${changesPublication}
		) as published`;
	return row?.tables ?? '';
}

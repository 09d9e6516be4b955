import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import postgres from 'postgres';
import { startDatabase } from './support/realtime-backend.ts';
import type { Database } from './support/realtime-backend.ts';

let database: Database;
let sql: postgres.Sql;

beforeAll(async () => {
	database = await startDatabase();
	sql = postgres(database.postgres.url(), { max: 1 });
});
afterAll(async () => {
	await sql.end();
	await database.close();
});

async function list(question: postgres.PendingQuery<postgres.Row[]>): Promise<string[]> {
	return (await question).map((row) => Object.values(row).join(' '));
}

const clients = ['anon', 'authenticated', 'service_role'];

describe('schema realtime, as a hosted project has it', () => {
	it('has the columns that policies, triggers and queries name', async () => {
		const columns = (table: string) =>
			list(sql`
				select
					attname, format_type(atttypid, atttypmod),
					case when attnotnull then 'not null' else 'null' end,
					coalesce(pg_get_expr(adbin, adrelid), '')
				from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
				where attrelid = ${table}::regclass and attnum > 0 and not attisdropped
				order by attnum`);
		expect(await columns('realtime.messages')).toEqual([
			'topic text not null ',
			'extension text not null ',
			'payload jsonb null ',
			'event text null ',
			'private boolean null false',
			'updated_at timestamp without time zone not null now()',
			'inserted_at timestamp without time zone not null now()',
			'id uuid not null gen_random_uuid()',
			'binary_payload bytea null ',
			'skip_broadcast boolean not null false'
		]);
		expect(await columns('realtime.subscription')).toEqual([
			'id bigint not null ',
			'subscription_id uuid not null ',
			'entity regclass not null ',
			"filters realtime.user_defined_filter[] not null '{}'::realtime.user_defined_filter[]",
			'claims jsonb not null ',
			"claims_role regrole not null realtime.to_regrole((claims ->> 'role'::text))",
			"created_at timestamp without time zone not null timezone('utc'::text, now())",
			"action_filter text null '*'::text",
			'selected_columns text[] null '
		]);
		expect(await columns('realtime.schema_migrations')).toEqual([
			'version bigint not null ',
			'inserted_at timestamp(0) without time zone null now()'
		]);
	});

	it('keeps messages by UTC day, under policies that nobody wrote yet', async () => {
		const [messages] = await sql`
			select
				relrowsecurity, relforcerowsecurity, relowner::regrole::text as owner,
				pg_get_partkeydef(oid) as partitions,
				(select count(*)::int from pg_policies where schemaname = 'realtime') as policies,
				current_setting('TimeZone') as zone
			from pg_class where oid = 'realtime.messages'::regclass`;
		expect(messages).toEqual({
			relrowsecurity: true,
			relforcerowsecurity: false,
			owner: 'supabase_realtime_admin',
			partitions: 'RANGE (inserted_at)',
			policies: 0,
			zone: 'UTC'
		});
		const owners = await list(sql`
			select distinct relowner::regrole::text, relrowsecurity
			from pg_class join pg_inherits on inhrelid = oid
			where inhparent = 'realtime.messages'::regclass`);
		expect(owners).toEqual(['supabase_realtime_admin true']);
		const both = { payload: sql.json({}), binary_payload: Buffer.from('a') };
		await expect(
			sql`insert into realtime.messages ${sql({ topic: 't', extension: 'broadcast', ...both })}`
		).rejects.toThrow('messages_payload_exclusive');
		expect(
			await list(
				sql`select indexdef from pg_indexes where schemaname = 'realtime' and tablename = 'messages' order by 1`
			)
		).toEqual([
			expect.stringMatching(
				/inserted_at DESC, topic\) WHERE \(\(extension = 'broadcast'::text\) AND \(private IS TRUE\)\)$/
			),
			expect.stringContaining('(id, inserted_at)')
		]);
	});

	it('grants clients what their policies then decide about', async () => {
		const granted = async (table: string, role: string): Promise<string[]> =>
			list(sql`
				select privilege from unnest(array['select', 'insert', 'update', 'delete', 'truncate'])
					as privilege
				where has_table_privilege(${role}, ${table}, privilege)`);
		for (const role of clients) {
			expect(await granted('realtime.messages', role)).toEqual(['select', 'insert', 'update']);
			expect(await granted('realtime.subscription', role)).toEqual(['select']);
			expect(await granted('realtime.schema_migrations', role)).toEqual([]);
			const [usage] = await sql`
				select has_schema_privilege(${role}, 'realtime', 'usage') as usage,
					has_schema_privilege(${role}, 'realtime', 'create') as create`;
			expect(usage).toEqual({ usage: true, create: false });
		}
	});

	it('has the types and functions of hosted, run with the rights of who calls', async () => {
		const labels = (type: string) =>
			list(
				sql`select enumlabel from pg_enum where enumtypid = ${type}::regtype order by enumsortorder`
			);
		expect(await labels('realtime.action')).toEqual([
			'INSERT',
			'UPDATE',
			'DELETE',
			'TRUNCATE',
			'ERROR'
		]);
		expect((await labels('realtime.equality_op')).toSorted()).toEqual(
			'eq gt gte ilike imatch in is isdistinct like lt lte match neq'.split(' ')
		);
		const found = new Set(
			await list(sql`
				select format('%s(%s) -> %s', proname, pg_get_function_identity_arguments(oid), pg_get_function_result(oid))
				from pg_proc where pronamespace = 'realtime'::regnamespace and not prosecdef`)
		);
		expect([...found]).toEqual(
			expect.arrayContaining([
				'topic() -> text',
				'send(payload jsonb, event text, topic text, private boolean) -> void',
				'send_binary(payload bytea, event text, topic text, private boolean) -> void',
				'broadcast_changes(topic_name text, event_name text, operation text, table_name text, table_schema text, new record, old record, level text) -> void',
				'to_regrole(role_name text) -> regrole',
				'cast(val text, type_ regtype) -> jsonb',
				'check_equality_op(op realtime.equality_op, type_ regtype, val_1 text, val_2 text) -> boolean',
				'check_equality_op(op realtime.equality_op, type_ regtype, val_1 text, val_2 text, negate boolean) -> boolean',
				'is_visible_through_filters(columns realtime.wal_column[], filters realtime.user_defined_filter[]) -> boolean',
				'subscription_check_filters() -> trigger',
				'quote_wal2json(entity regclass) -> text',
				'wal2json_escape_identifier(name text) -> text',
				'build_prepared_statement_sql(prepared_statement_name text, entity regclass, columns realtime.wal_column[]) -> text',
				'apply_rls(wal jsonb, max_record_bytes integer) -> SETOF realtime.wal_rls'
			])
		);
	});

	it('has its roles and publications', async () => {
		const members = await list(sql`
			select roleid::regrole from pg_auth_members
			where member = 'supabase_realtime_admin'::regrole order by 1`);
		expect(members.toSorted()).toEqual(clients);
		const published = await list(sql`
			select pubname, prrelid::regclass
			from pg_publication left join pg_publication_rel on prpubid = pg_publication.oid
			order by 1`);
		expect(published).toEqual([
			'supabase_realtime ',
			'supabase_realtime_messages_publication realtime.messages'
		]);
		const [settings] = await sql`select current_setting('wal_level') as wal_level`;
		expect(settings).toEqual({ wal_level: 'logical' });
	});
});

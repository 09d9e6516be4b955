import { sql } from 'kysely';
import type { PostgresConnection } from '@supabase/lite/postgres';
import { requestScope } from './request-scope.ts';

export type Database = PostgresConnection['kysely'];

export type Caller = { role: string; claims: Record<string, unknown> };

/** Settings of `alter role … set`, which count at login only: PostgREST applies them per request. */
export type RoleSettings = ReadonlyMap<string, ReadonlyMap<string, string>>;

export type RequestContext = {
	caller: Caller;
	roleSettings: RoleSettings;
	storageOperation: string;
	readOnly: boolean;
};

/** Makes the open transaction the caller's, in one round trip. */
export async function applyRequestContext(db: Database, context: RequestContext): Promise<void> {
	const { caller } = context;
	const scope = requestScope.getStore();
	const settings = new Map([
		['search_path', 'public, extensions'],
		...(context.roleSettings.get(caller.role) ?? []),
		['request.jwt.claims', JSON.stringify(caller.claims)],
		['request.method', scope?.method ?? ''],
		['request.path', scope?.path ?? ''],
		['request.headers', JSON.stringify(Object.fromEntries(scope?.headers ?? []))],
		['response.status', ''],
		['response.headers', ''],
		['storage.operation', context.storageOperation],
		// First the login role, then the caller's: a role that authenticator may not take is refused.
		['session_authorization', 'authenticator'],
		['role', caller.role]
	]);
	if (context.readOnly) settings.set('transaction_read_only', 'on');
	const calls = [...settings].map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
	await sql`select ${sql.join(calls)}`.execute(db);
}

export async function loadRoleSettings(db: Database): Promise<RoleSettings> {
	const { rows } = await sql<{ role: string; settings: string[] }>`
		select rolname as role, rolconfig as settings from pg_catalog.pg_roles
		where rolconfig is not null and pg_has_role('authenticator', oid, 'member')`.execute(db);
	return new Map(
		rows.map(({ role, settings }) => [
			role,
			new Map(
				settings.map((setting) => {
					const equals = setting.indexOf('=');
					return [setting.slice(0, equals), setting.slice(equals + 1)] as const;
				})
			)
		])
	);
}

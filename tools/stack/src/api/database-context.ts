import { sql } from 'kysely';
import type { PostgresConnection } from '@supabase/lite/postgres';
import { requestScope } from './request-scope.ts';
import type { RequestScope } from './request-scope.ts';

export type Database = PostgresConnection['kysely'];

export type Caller = { role: string; claims: Record<string, unknown> };

/** Settings of `alter role … set`, which count at login only: PostgREST applies them per request. */
export type RoleSettings = ReadonlyMap<string, ReadonlyMap<string, string>>;

export type RequestContext = {
	caller: Caller;
	roleSettings: RoleSettings;
	schema?: string;
	storageOperation?: string;
	readOnly?: boolean;
	/** Of the function that is called, or wishes of the request. */
	settings?: Iterable<readonly [name: string, value: string]>;
};

/** Makes the open transaction the caller's, in one round trip. */
export async function applyRequestContext(db: Database, context: RequestContext): Promise<void> {
	const settings = contextSettings(context, requestScope.getStore());
	const calls = settings.map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
	await sql`select ${sql.join(calls)}`.execute(db);
}

/** What `set_config` must set for a transaction, in order. */
export function contextSettings(
	{ caller, roleSettings, schema = 'public', ...context }: RequestContext,
	scope: RequestScope | undefined
): [name: string, value: string][] {
	const searchPath = schema === 'public' ? 'public' : `"${schema.replaceAll('"', '""')}", public`;
	const settings = new Map([
		['search_path', `${searchPath}, extensions`],
		...loginSettings(roleSettings, 'authenticator'),
		...loginSettings(roleSettings, caller.role),
		['request.jwt.claims', JSON.stringify(caller.claims)],
		['request.method', scope?.method ?? ''],
		['request.path', scope?.path ?? ''],
		['request.headers', JSON.stringify(Object.fromEntries(scope?.headers ?? []))],
		['request.cookies', JSON.stringify(cookiesOf(scope))],
		['response.status', ''],
		['response.headers', ''],
		['storage.operation', context.storageOperation ?? ''],
		...(context.settings ?? []),
		// First the login role, then the caller's: a role that authenticator may not take is refused.
		['session_authorization', 'authenticator'],
		['role', caller.role]
	]);
	if (context.readOnly === true) settings.set('transaction_read_only', 'on');
	return [...settings];
}

/** Without those that only count before a session begins, or are PostgREST's own. */
function loginSettings(all: RoleSettings, role: string): [name: string, value: string][] {
	return [...(all.get(role) ?? [])].filter(
		([name]) => !name.startsWith('pgrst.') && !name.endsWith('_preload_libraries')
	);
}

function cookiesOf(scope: RequestScope | undefined): Record<string, string> {
	const header = scope?.headers.get('cookie') ?? '';
	return Object.fromEntries(
		header.split(/;\s*/).flatMap((pair) => {
			const equals = pair.indexOf('=');
			return equals < 1 ? [] : [[pair.slice(0, equals), pair.slice(equals + 1)]];
		})
	);
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

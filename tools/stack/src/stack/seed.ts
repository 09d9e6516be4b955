import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type postgres from 'postgres';
import { withDatabase } from '../with-database.ts';
import { runFileOnce } from './steps.ts';

/** The demo data, once per database, as the role that a deployment seeds with. Answers whether it was now. */
export async function seedOnce(root: string, databaseUrl: string): Promise<boolean> {
	const file = join(root, 'supabase/seed.sql');
	return existsSync(file) && withDatabase(databaseUrl, (sql) => runFileOnce(sql, 'seed', file));
}

/** What SQL needs to call functions. They change with the port, so they are written at every start. */
export async function writeSettings(
	sql: postgres.Sql,
	settings: Record<string, string>
): Promise<void> {
	const [table] = await sql`select to_regclass('private.settings') is not null as there`;
	if (table?.['there'] !== true) return;
	const rows = Object.entries(settings).map(([key, value]) => ({ key, value }));
	await sql`
		insert into private.settings ${sql(rows)}
		on conflict (key) do update set value = excluded.value
		where settings.value is distinct from excluded.value`;
}

/** Asks for every site's public file once more: a request whose answer was an error is not repeated by itself. */
export async function republishSites(sql: postgres.Sql): Promise<void> {
	const [product] = await sql`
		select to_regprocedure('app.request_site_publication(uuid)') is not null as there`;
	if (product?.['there'] !== true) return;
	await sql`select app.request_site_publication(id) from public.sites`;
}

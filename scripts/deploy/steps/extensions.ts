import { withSql } from '../database.ts';
import type { Step } from '../step.ts';

/** What the migrations use when it is there. Before them, so that they find it. */
const wanted = ['pg_net', 'pg_cron'];

export const extensions: Step = {
	name: 'Extensions',
	async look({ databaseUrl }) {
		const { missing, unavailable } = await withSql(databaseUrl, async (sql) => {
			const rows = await sql<{ name: string; installed_version: string | null }[]>`
				select name, installed_version from pg_available_extensions where name = any (${wanted})`;
			const installed = await sql<{ extname: string }[]>`
				select extname from pg_extension where extname = any (${wanted})`;
			const there = new Set(installed.map(({ extname }) => extname));
			const available = new Set(rows.map(({ name }) => name));
			return {
				missing: wanted.filter((name) => available.has(name) && !there.has(name)),
				unavailable: wanted.filter((name) => !available.has(name) && !there.has(name))
			};
		});
		return {
			changes: missing.map((name) => `enable ${name}`),
			notes: unavailable.map((name) => `this server does not offer ${name}`),
			apply: () =>
				withSql(databaseUrl, async (sql) => {
					for (const name of missing) await sql`create extension if not exists ${sql(name)}`;
				})
		};
	}
};

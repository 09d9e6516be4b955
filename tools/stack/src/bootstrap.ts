import { readFile } from 'node:fs/promises';
import { withDatabase } from './with-database.ts';

const loginRoles = [
	'postgres',
	'authenticator',
	'supabase_auth_admin',
	'supabase_storage_admin'
] as const;

export type BootstrapOptions = {
	/** As the superuser. */
	databaseUrl: string;
	/** By role; "postgres" for a role that is not listed, which suits tests only. */
	passwords?: Readonly<Partial<Record<string, string>>>;
};

/** Makes an empty cluster a Supabase project. Answers whether it had to. */
export function bootstrap(options: BootstrapOptions): Promise<boolean> {
	return withDatabase(options.databaseUrl, async (sql) => {
		const roles = await sql`select from pg_roles where rolname = 'authenticator'`;
		if (roles.length > 0) return false;
		const script = await readFile(new URL('../sql/bootstrap.sql', import.meta.url), 'utf8');
		await sql.begin(async (transaction) => {
			await transaction.unsafe(script).simple();
			for (const role of loginRoles) {
				const password = options.passwords?.[role] ?? 'postgres';
				// `alter role` takes no parameters: let the server quote.
				const [row] = await transaction<{ statement: string }[]>`
					select format('alter role %I password %L', ${role}::text, ${password}::text) as statement`;
				if (row !== undefined) await transaction.unsafe(row.statement);
			}
		});
		return true;
	});
}

import postgres from 'postgres';
import type { ManagementApi } from './management-api.ts';
import { type DeployOptions, UsageError } from './options.ts';

/** From the environment, else the project's session pooler, which is reached from IPv4 networks too. */
export async function findDatabase(options: DeployOptions, api: ManagementApi): Promise<string> {
	if (options.databaseUrl) return options.databaseUrl;
	if (!options.databasePassword)
		throw new UsageError(
			'Set SUPABASE_DB_PASSWORD (Dashboard → Database → Settings) or SUPABASE_DB_URL'
		);
	const poolers = await api.poolers();
	const primary = poolers.find(({ database_type: type }) => type === 'PRIMARY') ?? poolers[0];
	if (!primary) throw new UsageError('The project has no pooler: set SUPABASE_DB_URL');
	const credentials = `${encodeURIComponent(primary.db_user)}:${encodeURIComponent(options.databasePassword)}`;
	return `postgres://${credentials}@${primary.db_host}:5432/${primary.db_name}?sslmode=require`;
}

export async function withSql<Result>(
	databaseUrl: string,
	use: (sql: postgres.Sql) => Promise<Result>
): Promise<Result> {
	const sql = postgres(databaseUrl, {
		max: 1,
		onnotice: () => undefined,
		connect_timeout: 15,
		connection: { application_name: 'chatiq-deploy' }
	});
	try {
		return await use(sql);
	} finally {
		await sql.end({ timeout: 5 });
	}
}

import { PostgresConnection } from '@supabase/lite/postgres';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { IntrospectResult, VarsContext } from '@supabase/lite';
import { applyRequestContext, loadRoleSettings } from './database-context.ts';
import type { Caller, Database, RoleSettings } from './database-context.ts';
import { ResultTypes } from './result-types.ts';
import { SessionPool } from './session-pool.ts';

type ContextOptions = NonNullable<Parameters<PostgresConnection['withContext']>[2]>;

// Only an error rolls a transaction back; this one carries the result out.
class Rollback extends Error {
	readonly result: unknown;

	constructor(result: unknown) {
		super('roll back');
		this.result = result;
	}
}

class SchemaUnavailable extends Error {
	/** connection_failure: like any other loss of the database. */
	readonly code = '08006';

	constructor() {
		super('Cannot read the database schema');
	}
}

/**
 * @supabase/lite's Postgres connection, for Auth and Storage. The original grants every table to
 * every role as soon as it meets row-level security, takes six round trips to set a request's
 * context, and is a superuser when it changes roles.
 */
export class ApiConnection extends PostgresConnection {
	readonly #types = new ResultTypes();
	readonly pool: SessionPool;
	#roleSettings: Promise<RoleSettings> | undefined;
	#schema: Promise<IntrospectResult> | undefined;

	constructor(databaseUrl: string) {
		super({ url: databaseUrl });
		// Lite's driver never connects here: when the server goes away during a transaction it throws
		// out of band, which would end the process.
		this.pool = new SessionPool(databaseUrl, this.#types);
		this.kysely = new Kysely({ dialect: new PostgresDialect({ pool: this.pool }) });
	}

	/** Many statements at once, as the superuser. */
	runScript(script: string): Promise<void> {
		return this.pool.runScript(script);
	}

	override async withContext<T>(
		vars: VarsContext | undefined,
		run: (db: Database) => Promise<T>,
		options: ContextOptions = {}
	): Promise<T> {
		if (vars === undefined && options.forceRollback !== true) return run(this.kysely);
		// Before the transaction: whoever waits for a second session while holding one may wait for
		// others that do the same.
		const become = vars === undefined ? null : await this.#prepareContext(vars);
		if (options.transaction !== undefined) {
			await become?.(options.transaction);
			return run(options.transaction);
		}
		try {
			return await this.kysely.transaction().execute(async (transaction) => {
				await become?.(transaction);
				const result = await run(transaction);
				// Storage tries what a caller may do.
				if (options.forceRollback === true) throw new Rollback(result);
				return result;
			});
		} catch (error) {
			if (error instanceof Rollback) return error.result as T;
			throw error;
		}
	}

	async #prepareContext(vars: VarsContext) {
		const context = {
			caller: callerOf(vars),
			roleSettings: await this.loadRoleSettings(),
			storageOperation: storageOperationOf(vars)
		};
		return (db: Database) => applyRequestContext(db, context);
	}

	override introspect(options?: { useCache?: boolean }): Promise<IntrospectResult> {
		if (options?.useCache === true && this.#schema !== undefined) return this.#schema;
		// One look at the catalog serves all requests that wait for it.
		const schema = super.introspect({ useCache: false }).then((result) => {
			// The original hides that the database failed and answers an empty schema.
			if (result.functions === undefined) throw new SchemaUnavailable();
			return result;
		});
		this.#schema = schema;
		schema.catch(() => {
			if (this.#schema === schema) this.#schema = undefined;
		});
		return schema;
	}

	/** After a migration. */
	override async clearSchemaCache(): Promise<void> {
		this.#schema = undefined;
		this.#roleSettings = undefined;
		await super.clearSchemaCache();
		const { rows } = await sql<{ oid: number; element: number }>`
			select typarray as oid, oid as element from pg_catalog.pg_type where typarray <> 0`.execute(
			this.kysely
		);
		this.#types.elements = new Map(rows.map(({ oid, element }) => [oid, element]));
	}

	override async close(): Promise<void> {
		await this.pool.end();
		await super.close();
	}

	loadRoleSettings(): Promise<RoleSettings> {
		if (this.#roleSettings !== undefined) return this.#roleSettings;
		const settings = loadRoleSettings(this.kysely);
		this.#roleSettings = settings;
		settings.catch(() => {
			if (this.#roleSettings === settings) this.#roleSettings = undefined;
		});
		return settings;
	}
}

function callerOf(vars: VarsContext | undefined): Caller {
	const auth = (vars?.auth ?? {}) as { role?: string; jwt?: Record<string, unknown> | null };
	const role = auth.role ?? 'anon';
	return { role, claims: auth.jwt ?? { role } };
}

function storageOperationOf(vars: VarsContext): string {
	const { operation } = (vars.storage ?? {}) as { operation?: string | null };
	return operation ?? '';
}

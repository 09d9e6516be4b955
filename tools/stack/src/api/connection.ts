import { PostgresConnection } from '@supabase/lite/postgres';
import type { AnyAST, IntrospectResult, VarsContext } from '@supabase/lite';
import { applyRequestContext, loadRoleSettings } from './database-context.ts';
import type { Caller, Database, RoleSettings } from './database-context.ts';
import { restErrorResponse } from './rest-errors.ts';
import { shapeRestResponse } from './rest-response.ts';
import { driverTypes, fitValues } from './sql-values.ts';

type Driver = PostgresConnection['driver'];
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
 * @supabase/lite's Postgres connection, behaving like PostgREST. The original grants every table to
 * every role as soon as it meets row-level security, takes six round trips to set a request's
 * context, and is a superuser when it changes roles.
 */
export class ApiConnection extends PostgresConnection {
	readonly #databaseUrl: string;
	#roleSettings: Promise<RoleSettings> | undefined;
	#schema: Promise<IntrospectResult> | undefined;
	readonly #retired = new Map<Driver, NodeJS.Timeout>();

	constructor(databaseUrl: string) {
		super(connectionOptions(databaseUrl));
		this.#databaseUrl = databaseUrl;
	}

	override async withContext<T>(
		vars: VarsContext | undefined,
		run: (db: Database) => Promise<T>,
		options: ContextOptions = {}
	): Promise<T> {
		if (vars === undefined && options.forceRollback !== true) return run(this.kysely);
		if (options.transaction !== undefined) {
			if (vars !== undefined) await this.#become(vars, options.transaction, options);
			return run(options.transaction);
		}
		try {
			return await this.kysely.transaction().execute(async (transaction) => {
				if (vars !== undefined) await this.#become(vars, transaction, options);
				const result = await run(transaction);
				if (result instanceof Response) return (await keepOrRollBack(result)) as T;
				if (options.forceRollback === true) throw new Rollback(result);
				return result;
			});
		} catch (error) {
			if (error instanceof Rollback) return error.result as T;
			// The Data API's callback answers a Response, so its errors can become one here. Storage,
			// which brings a variable of its own, maps errors itself.
			const response =
				vars?.storage === undefined ? restErrorResponse(error, callerOf(vars)) : null;
			if (response !== null) return response as T;
			throw error;
		}
	}

	override async onPostgrestAST(ast: AnyAST): Promise<AnyAST> {
		const checked = await super.onPostgrestAST(ast);
		return fitValues(checked, await this.introspect({ useCache: true }));
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

	/** After a migration: forgets the schema, and replaces sessions, which know types from before. */
	override async clearSchemaCache(): Promise<void> {
		this.#schema = undefined;
		this.#roleSettings = undefined;
		await super.clearSchemaCache();
		const fresh = new PostgresConnection(connectionOptions(this.#databaseUrl));
		const { driver } = this;
		this.driver = fresh.driver;
		this.kysely = fresh.kysely;
		// Requests under way still use the old sessions.
		this.#retired.set(driver, setTimeout(() => void this.#end(driver), 30_000).unref());
	}

	override async close(): Promise<void> {
		await Promise.all([this.driver, ...this.#retired.keys()].map((driver) => this.#end(driver)));
	}

	async #end(driver: Driver): Promise<void> {
		clearTimeout(this.#retired.get(driver));
		this.#retired.delete(driver);
		await driver.end({ timeout: 5 });
	}

	async #become(vars: VarsContext, db: Database, options: ContextOptions): Promise<void> {
		await applyRequestContext(db, {
			caller: callerOf(vars),
			roleSettings: await this.#loadRoleSettings(),
			storageOperation: storageOperationOf(vars),
			readOnly: options.rpc?.readOnly === true
		});
	}

	#loadRoleSettings(): Promise<RoleSettings> {
		if (this.#roleSettings !== undefined) return this.#roleSettings;
		const settings = loadRoleSettings(this.kysely);
		this.#roleSettings = settings;
		settings.catch(() => {
			if (this.#roleSettings === settings) this.#roleSettings = undefined;
		});
		return settings;
	}
}

/** As PostgREST: an answer that reports an error leaves nothing written. */
async function keepOrRollBack(response: Response): Promise<Response> {
	const shaped = await shapeRestResponse(response);
	if (shaped.status >= 400) throw new Rollback(shaped);
	return shaped;
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

function connectionOptions(url: string) {
	return {
		url,
		postgresOptions: {
			max: 10,
			onnotice: () => undefined,
			connect_timeout: 5,
			// After a restart of Postgres the next request must work, not one in twenty seconds.
			backoff: () => 0.1,
			types: driverTypes
		}
	};
}

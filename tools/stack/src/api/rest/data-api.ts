import type { Authorization } from '../authorization.ts';
import { forgetPrepared, runBatch } from '../batch.ts';
import type { Statement } from '../batch.ts';
import { contextSettings } from '../database-context.ts';
import type { Caller, RoleSettings } from '../database-context.ts';
import type { RequestScope } from '../request-scope.ts';
import { restErrorResponse } from '../rest-errors.ts';
import type { SessionPool } from '../session-pool.ts';
import { RestFailure } from './failure.ts';
import { completeOutcome, failureResponse, outcomeResponse } from './respond.ts';
import { SchemaCache } from './schema-cache.ts';
import type { Outcome, Plan } from './plan.ts';
import { readAnswer } from './statement-sql.ts';
import type { Answered } from './statement-sql.ts';
import { understand } from './understand.ts';

export type DataApiOptions = {
	pool: SessionPool;
	/** The first is the one of requests that name none. */
	schemas: readonly string[];
	maxRows: number | null;
	loadRoleSettings: () => Promise<RoleSettings>;
};

/** PostgREST over our pool: each request is understood, planned, and run in one round trip. */
export class DataApi {
	readonly #options: DataApiOptions;
	#cache: Promise<SchemaCache> | null = null;

	constructor(options: DataApiOptions) {
		this.#options = options;
	}

	/** After a migration. */
	reload(): void {
		this.#cache = null;
		forgetPrepared();
	}

	async answer(
		request: Request,
		scope: RequestScope,
		{ claims }: Authorization
	): Promise<Response> {
		const { role = 'anon' } = (claims ?? {}) as { role?: string };
		const caller: Caller = { role, claims: claims ?? { role } };
		try {
			const [cache, roleSettings] = await Promise.all([
				this.#loadCache(),
				this.#options.loadRoleSettings()
			]);
			const { schemas, maxRows } = this.#options;
			const aggregates = settingOf(roleSettings, 'pgrst.db_aggregates_enabled') === 'true';
			const wish = await understand(request, scope, { cache, schemas, maxRows, aggregates });
			const outcome = await this.#run(wish.plan, wish, { caller, roleSettings, scope });
			return outcomeResponse(outcome, schemas.length > 1 ? wish.schema : null);
		} catch (error) {
			if (error instanceof RestFailure) return failureResponse(error);
			const response = restErrorResponse(error, caller);
			if (response === null) throw error;
			return response;
		}
	}

	#loadCache(): Promise<SchemaCache> {
		if (this.#cache !== null) return this.#cache;
		const { pool, schemas } = this.#options;
		const cache = SchemaCache.load((text, values) => pool.query(text, values), schemas);
		this.#cache = cache;
		cache.catch(() => {
			if (this.#cache === cache) this.#cache = null;
		});
		return cache;
	}

	async #run(
		plan: Plan,
		{ schema, timezone }: { schema: string; timezone: string | null },
		{
			caller,
			roleSettings,
			scope
		}: { caller: Caller; roleSettings: RoleSettings; scope: RequestScope }
	): Promise<Outcome> {
		const settings = [...plan.settings];
		if (timezone !== null) settings.push(['timezone', timezone]);
		const { readOnly } = plan;
		const context = contextSettings({ caller, roleSettings, schema, readOnly, settings }, scope);
		const check = settingOf(roleSettings, 'pgrst.db_pre_request');
		const statements = [
			...(plan.undecided ? [{ text: 'begin', prepared: true }] : []),
			settingsStatement(context),
			...(check === undefined ? [] : [{ text: `select ${check}()` }]),
			...(plan.guessed === null
				? []
				: [{ text: `explain (format json) ${plan.guessed}`, values: plan.values }]),
			{ text: plan.text, values: plan.values, prepared: true }
		];
		return this.#execute(plan, statements);
	}

	async #execute(plan: Plan, statements: Statement[]): Promise<Outcome> {
		const session = await this.#options.pool.connect();
		let open = plan.undecided;
		try {
			const results = await runBatch(session, statements);
			const row = results.at(-1)?.[0];
			if (row === undefined) throw new Error('The statement of a request returned no row');
			const guess = plan.guessed === null ? null : rowsGuessed(results.at(-2)?.[0]?.[0]);
			const result: Answered = readAnswer(row);
			const outcome = completeOutcome(plan.answer(result, guess), result);
			if (open) {
				open = false;
				await session.query('commit');
			}
			return outcome;
		} finally {
			await release(session, open);
		}
	}
}

type Session = Awaited<ReturnType<SessionPool['connect']>>;

/** A session whose transaction cannot be ended is of no further use. */
async function release(session: Session, open: boolean): Promise<void> {
	try {
		if (open) await session.query('rollback');
		session.release();
	} catch {
		session.release(true);
	}
}

function settingsStatement(settings: readonly (readonly [string, string])[]): Statement {
	const calls = settings.map((_, at) => `set_config($${at * 2 + 1}, $${at * 2 + 2}, true)`);
	return { text: `select ${calls.join(', ')}`, values: settings.flat(), prepared: true };
}

function settingOf(roleSettings: RoleSettings, name: string): string | undefined {
	const value = roleSettings.get('authenticator')?.get(name);
	return value === '' ? undefined : value;
}

function rowsGuessed(explained: string | null | undefined): number | null {
	if (explained == null) return null;
	const [{ Plan: plan }] = JSON.parse(explained) as [{ Plan: { 'Plan Rows': number } }];
	return plan['Plan Rows'];
}

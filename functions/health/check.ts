import type { Health, HealthFacts, HealthPart, PartHealth } from '@chatiq/contracts/health';
import { withoutPersonalData } from '../_shared/log.ts';

/** Answers when the part works, throws when it does not. */
export type Check = (signal: AbortSignal) => Promise<unknown>;

const patienceMs = 4_000;
/** A job that is due waits this long only when nobody works. */
export const mostLagSeconds = 120;

/** Asks all parts at once. What chats need decides between degraded and down. */
export async function checkHealth(
	checks: Record<Exclude<HealthPart, 'queue'>, Check>
): Promise<Required<Health>> {
	const [database, realtime, storage, mail] = await Promise.all([
		look(checks.database),
		look(checks.realtime),
		look(checks.storage),
		look(checks.mail)
	]);
	const facts = (database.value ?? null) as HealthFacts | null;
	const parts = {
		database: database.health,
		queue: queueOf(facts),
		realtime: realtime.health,
		storage: storage.health,
		mail: mail.health
	};
	const down = !parts.database.ok || !parts.realtime.ok;
	const well = Object.values(parts).every(({ ok }) => ok);
	return { status: down ? 'down' : well ? 'ok' : 'degraded', parts, facts };
}

function queueOf(facts: HealthFacts | null): PartHealth {
	const lag = facts?.jobs.lag_seconds ?? 0;
	if (!facts) return { ok: false, latency_ms: 0, problem: 'The database does not answer.' };
	if (lag <= mostLagSeconds) return { ok: true, latency_ms: 0 };
	return { ok: false, latency_ms: 0, problem: `A job that is due waits for ${lag} s.` };
}

async function look(check: Check): Promise<{ health: PartHealth; value?: unknown }> {
	const begin = performance.now();
	const latency = () => ({ latency_ms: Math.round(performance.now() - begin) });
	const signal = AbortSignal.timeout(patienceMs);
	const late = new Promise<never>((_, reject) => {
		signal.addEventListener('abort', () => {
			reject(new Error(`No answer within ${patienceMs / 1000} s.`));
		});
	});
	try {
		const value = await Promise.race([check(signal), late]);
		return { health: { ok: true, ...latency() }, value };
	} catch (error) {
		const problem = error instanceof Error ? error.message : String(error);
		return { health: { ok: false, ...latency(), problem: withoutPersonalData(problem) } };
	}
}

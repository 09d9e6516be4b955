import type { Health } from '@chatiq/contracts/health';
import { AppError } from '@chatiq/contracts/errors';
import { serviceClient } from '../_shared/database.ts';
import { failure, publishableKey, secretKeys } from '../_shared/endpoint.ts';
import { checkHealth } from './check.ts';
import { partChecks } from './checks.ts';
import { healthForAdmin } from './for-admin.ts';
import { metrics } from './metrics.ts';

const env = (name: string) => Deno.env.get(name);
const checks = partChecks(serviceClient(), env('SUPABASE_URL') ?? '', publishableKey(), env);
const headers = { 'cache-control': 'no-store' };

// Anybody may ask: the parts are asked once in a while, however many do.
const keptMs = 5_000;
let kept: { at: number; health: Promise<Required<Health>> } | null = null;

function health(): Promise<Required<Health>> {
	if (!kept || Date.now() - kept.at > keptMs)
		kept = { at: Date.now(), health: checkHealth(checks) };
	return kept.health;
}

export default {
	async fetch(request: Request): Promise<Response> {
		try {
			if (request.method !== 'GET') throw new AppError('method_not_allowed');
			const { pathname, searchParams } = new URL(request.url);
			const organization = searchParams.get('organization');
			if (organization !== null) {
				const told = await healthForAdmin(organization, bearerOf(request), health);
				return Response.json(told, { headers });
			}
			const wantsMetrics = pathname.endsWith('/metrics');
			const trusted = isTrusted(request);
			if (wantsMetrics && !trusted) throw new AppError('forbidden');
			const found = await health();
			if (wantsMetrics) {
				const type = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
				return new Response(metrics(found), { headers: { ...headers, ...type } });
			}
			return Response.json(trusted ? found : { status: found.status }, {
				status: found.status === 'down' ? 503 : 200,
				headers
			});
		} catch (error) {
			return failure(error, headers);
		}
	}
};

/** `MONITORING_TOKEN` is for whoever only looks; the secret key of the project opens this as well. */
function isTrusted(request: Request): boolean {
	const token = bearerOf(request);
	return (
		token !== undefined && [...secretKeys(), env('MONITORING_TOKEN')].some((key) => key === token)
	);
}

function bearerOf(request: Request): string | undefined {
	return request.headers.get('authorization')?.match(/^Bearer (.+)$/i)?.[1];
}

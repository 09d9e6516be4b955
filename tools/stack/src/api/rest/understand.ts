import type { RequestScope } from '../request-scope.ts';
import { RestFailure } from './failure.ts';
import { negotiate } from './media-type.ts';
import { planCall } from './plan-call.ts';
import { planTable } from './plan-table.ts';
import type { Plan, Wish } from './plan.ts';
import { parsePreferences } from './preferences.ts';
import type { SchemaCache } from './schema-cache.ts';

export type Settings = {
	cache: SchemaCache;
	schemas: readonly string[];
	maxRows: number | null;
	aggregates: boolean;
};

export type Understood = { plan: Plan; schema: string; timezone: string | null };

/** From the words of HTTP to a plan; throws what PostgREST answers to words that make no sense. */
export async function understand(
	request: Request,
	{ method, path, headers, query }: RequestScope,
	{ cache, schemas, maxRows, aggregates }: Settings
): Promise<Understood> {
	const [, called, name = ''] = /^\/(rpc\/)?([^/]+)\/?$/.exec(decode(path)) ?? [];
	if (path === '' || path === '/') {
		throw new RestFailure(404, 'PGRST126', 'Root endpoint metadata is disabled');
	}
	if (name === '') throw new RestFailure(404, 'PGRST125', 'Invalid path specified in request URL');
	if (!['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE'].includes(method)) {
		throw new RestFailure(405, 'PGRST117', `Unsupported HTTP method: ${method}`);
	}
	const schema = schemaOf(method, headers, schemas);
	const preferences = parsePreferences(headers.get('prefer'));
	const contentType = headers.get('content-type') ?? 'application/json';
	const wish: Wish = {
		...{ method, schema, name, headers, contentType, preferences, cache, maxRows, aggregates },
		parameters: query,
		format: negotiate(headers.get('accept')),
		body: await bodyOf(request, contentType)
	};
	const plan = called === undefined ? planTable(wish) : planCall(wish);
	return { plan, schema, timezone: preferences.timezone };
}

function schemaOf(method: string, headers: Headers, schemas: readonly string[]): string {
	const reads = method === 'GET' || method === 'HEAD';
	const wanted = headers.get(reads ? 'accept-profile' : 'content-profile');
	const [first = 'public'] = schemas;
	if (wanted === null) return first;
	if (schemas.includes(wanted)) return wanted;
	throw new RestFailure(406, 'PGRST106', `Invalid schema: ${wanted}`, {
		hint: `Only the following schemas are exposed: ${schemas.join(', ')}`
	});
}

async function bodyOf(request: Request, contentType: string): Promise<string> {
	if (request.body === null) return '';
	if (!contentType.startsWith('application/octet-stream')) return request.text();
	return Buffer.from(await request.arrayBuffer()).toString('latin1');
}

function decode(path: string): string {
	try {
		return decodeURIComponent(path);
	} catch {
		throw new RestFailure(404, 'PGRST125', 'Invalid path specified in request URL');
	}
}

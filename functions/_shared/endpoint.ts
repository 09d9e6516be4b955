import { AppError, type ErrorBody } from '@chatiq/contracts/errors';
import * as z from 'zod/mini';

/** What a handler learns about its caller. */
export interface Caller {
	/** `Origin` header, null outside of browsers. */
	origin: string | null;
	/** Client address as the gateway saw it. */
	address: string;
	/** Bearer token, unchecked: whoever uses it hands it to the Data API, which checks it. */
	token: string | null;
}

interface Endpoint<Schema extends z.ZodMiniType> {
	/** `secret`: only with the project's secret key. `public`: the handler checks origin and tokens itself. */
	auth: 'public' | 'secret';
	input: Schema;
	run: (input: z.output<Schema>, caller: Caller) => Promise<unknown>;
}

const maxBodyBytes = 16_384;

/** Schema in, JSON out, failures as `ErrorBody`. Each index.ts is one call to this. */
export function endpoint<Schema extends z.ZodMiniType>({ auth, input, run }: Endpoint<Schema>) {
	return {
		async fetch(request: Request): Promise<Response> {
			const headers = corsHeaders(request);
			if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers });
			try {
				if (request.method !== 'POST') throw new AppError('method_not_allowed');
				if (auth === 'secret') requireSecretKey(request);
				const body = await run(await parse(request, input), caller(request));
				return Response.json(body, { headers });
			} catch (error) {
				return failure(error, headers);
			}
		}
	};
}

function caller(request: Request): Caller {
	return {
		origin: request.headers.get('origin'),
		address: request.headers.get('x-forwarded-for')?.split(',')[0]?.trim() ?? '',
		token: request.headers.get('authorization')?.replace(/^Bearer /i, '') ?? null
	};
}

// The body comes as text/plain, which spares browsers the preflight; its content is JSON all the same.
async function parse<Schema extends z.ZodMiniType>(
	request: Request,
	schema: Schema
): Promise<z.output<Schema>> {
	const text = await request.text();
	if (text.length > maxBodyBytes) throw new AppError('payload_too_large');
	let body: unknown;
	try {
		body = JSON.parse(text);
	} catch (cause) {
		throw new AppError('invalid_input', 'The body is not JSON.', { cause });
	}
	const result = schema.safeParse(body);
	if (!result.success) throw new AppError('invalid_input', z.prettifyError(result.error));
	return result.data;
}

function requireSecretKey(request: Request): void {
	const given =
		request.headers.get('apikey') ?? request.headers.get('authorization')?.replace(/^Bearer /i, '');
	if (!given || !secretKeys().includes(given)) throw new AppError('forbidden');
}

/** The project's secret keys, under both names that hosted projects know. */
export function secretKeys(): string[] {
	const keys = JSON.parse(Deno.env.get('SUPABASE_SECRET_KEYS') ?? '{}') as Record<string, string>;
	return [...Object.values(keys), Deno.env.get('SUPABASE_SERVICE_ROLE_KEY')].filter(
		(key) => key !== undefined
	);
}

export function publishableKey(): string {
	const keys = JSON.parse(Deno.env.get('SUPABASE_PUBLISHABLE_KEYS') ?? '{}') as Record<
		string,
		string
	>;
	const [key = Deno.env.get('SUPABASE_ANON_KEY')] = Object.values(keys);
	if (!key) throw new Error('The project has no publishable key in the environment');
	return key;
}

// Whether an origin may use a site is decided in SQL; CORS only lets the page read the answer.
function corsHeaders(request: Request): Record<string, string> {
	return {
		'access-control-allow-origin': request.headers.get('origin') ?? '*',
		'access-control-allow-methods': 'POST, OPTIONS',
		'access-control-allow-headers': 'authorization, apikey, content-type, x-client-info',
		'access-control-max-age': '86400',
		'cache-control': 'no-store',
		vary: 'origin'
	};
}

/** An ErrorBody; what is no AppError is told in the log alone. */
export function failure(error: unknown, headers: Record<string, string>): Response {
	const known = error instanceof AppError ? error : new AppError('internal');
	if (known !== error) console.error(error);
	const body: ErrorBody = {
		error: {
			code: known.code,
			message: known.message,
			...(known.retryAfter === undefined ? {} : { retry_after: known.retryAfter })
		}
	};
	const response = Response.json(body, { status: known.status, headers });
	if (known.retryAfter !== undefined) response.headers.set('retry-after', `${known.retryAfter}`);
	return response;
}

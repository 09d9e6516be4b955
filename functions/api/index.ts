import { apiReference, apiReferenceHeaders } from '@chatiq/contracts/api-reference';
import { openApi } from '@chatiq/contracts/openapi';
import { AppError } from '@chatiq/contracts/errors';
import { serviceClient } from '../_shared/database.ts';
import { failure } from '../_shared/endpoint.ts';
import { answerApi } from './api.ts';

const client = serviceClient();
const base = `${Deno.env.get('SUPABASE_URL') ?? ''}/functions/v1/api/v1`;
const maxBodyBytes = 65_536;

// For programs, whose keys are no browser's business: no CORS.
const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export default {
	async fetch(request: Request): Promise<Response> {
		try {
			const url = new URL(request.url);
			const path = url.pathname.replace(/^.*?\/api\/v1(?=\/|$)/, '');
			if (request.method === 'GET' && path === '/openapi.json') return Response.json(openApi(base));
			if (request.method === 'GET' && path === '/reference') {
				// Hosted projects without a domain of their own show it as text: the console serves it too.
				return new Response(apiReference(base), { headers: apiReferenceHeaders });
			}
			const answer = await answerApi(
				{
					method: request.method,
					path,
					query: Object.fromEntries(url.searchParams),
					body: await bodyOf(request),
					key: request.headers.get('authorization')?.match(/^Bearer (.+)$/i)?.[1] ?? null
				},
				client
			);
			return Response.json(answer, { headers });
		} catch (error) {
			return failure(error, headers);
		}
	}
};

async function bodyOf(request: Request): Promise<unknown> {
	if (request.method === 'GET') return undefined;
	const text = await request.text();
	if (text.length > maxBodyBytes) throw new AppError('payload_too_large');
	try {
		return JSON.parse(text) as unknown;
	} catch (cause) {
		throw new AppError('invalid_input', 'The body is not JSON.', { cause });
	}
}

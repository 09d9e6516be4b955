import { requestScope } from './request-scope.ts';
import { restError } from './rest-errors.ts';

/**
 * Rows as the caller asked for them. @supabase/lite forgets `.single()` when a write selects
 * renamed or embedded columns, and answers the array.
 */
export async function shapeRestResponse(response: Response): Promise<Response> {
	const accept = requestScope.getStore()?.headers.get('accept') ?? '';
	const plural = response.headers.get('content-type')?.startsWith('application/json') ?? false;
	if (!accept.includes('application/vnd.pgrst.object') || !plural || !response.ok) return response;
	const rows: unknown = await response.clone().json();
	if (!Array.isArray(rows)) return response;
	if (rows.length !== 1) {
		return restError(406, {
			code: 'PGRST116',
			message: 'Cannot coerce the result to a single JSON object',
			details: `The result contains ${rows.length} rows`,
			hint: null
		});
	}
	const headers = new Headers(response.headers);
	headers.delete('content-length');
	headers.set('content-type', 'application/vnd.pgrst.object+json; charset=utf-8');
	return new Response(JSON.stringify(rows[0]), { status: response.status, headers });
}

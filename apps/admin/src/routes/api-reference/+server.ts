import { SUPABASE_URL } from '$app/env/public';
import { apiReference, apiReferenceHeaders } from '@chatiq/contracts/api-reference';
import type { RequestHandler } from './$types';

/** For whoever writes programs, signed in or not: edge functions of hosted projects may answer no pages. */
export const GET: RequestHandler = () =>
	new Response(apiReference(`${SUPABASE_URL}/functions/v1/api/v1`), {
		headers: { ...apiReferenceHeaders, 'cache-control': 'public, max-age=300' }
	});

const exposed = [
	'content-encoding',
	'content-location',
	'content-range',
	'content-type',
	'date',
	'location',
	'preference-applied',
	'range-unit',
	'x-total-count',
	'link',
	'sb-request-id',
	'x-supabase-api-version',
	'tus-resumable',
	'tus-version',
	'tus-extension',
	'tus-max-size',
	'upload-offset',
	'upload-length',
	'upload-metadata',
	'upload-expires'
].join(', ');

const allowed =
	'authorization, x-client-info, apikey, content-type, prefer, range, accept-profile, content-profile, x-upsert, x-metadata, cache-control, tus-resumable, upload-length, upload-metadata, upload-offset, x-signature';

/** Answers a preflight without touching anything; null for any other request. */
export function answerPreflight(request: Request): Response | null {
	if (request.method !== 'OPTIONS') return null;
	const headers = request.headers.get('access-control-request-headers');
	return new Response(null, {
		status: 204,
		headers: {
			'access-control-allow-origin': '*',
			'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
			'access-control-allow-headers': headers ?? allowed,
			'access-control-max-age': '86400',
			vary: 'access-control-request-headers'
		}
	});
}

/** Every answer, errors too: without this a page sees only "network error". */
export function withCors(response: Response): Response {
	const headers = new Headers(response.headers);
	headers.set('access-control-allow-origin', '*');
	headers.set('access-control-expose-headers', exposed);
	headers.delete('access-control-allow-credentials');
	const { status, statusText, body } = response;
	return new Response(body, { status, statusText, headers });
}

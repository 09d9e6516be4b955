const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request that may change something comes from our own pages. Hosts are compared, not origins:
 * behind a proxy the server does not know the scheme the browser sees.
 */
export function sameHost(request: Request): boolean {
	if (safeMethods.has(request.method)) return true;
	const site = request.headers.get('sec-fetch-site');
	if (site !== null) return site === 'same-origin';
	const origin = request.headers.get('origin');
	const host = request.headers.get('host');
	return origin !== null && URL.canParse(origin) && new URL(origin).host === host;
}

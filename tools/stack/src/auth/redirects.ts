import { isIP } from 'node:net';
import type { AuthError } from './auth-error.ts';
import type { AuthContext, AuthServices } from './context.ts';

const oauthErrors = new Map([
	[400, 'invalid_request'],
	[401, 'unauthorized_client'],
	[403, 'access_denied'],
	[422, 'invalid_request'],
	[500, 'server_error'],
	[503, 'temporarily_unavailable']
]);

/** Where the caller wants to go afterwards, if the project allows it; else the site. */
export function redirectTarget(context: AuthContext, inBody?: string | null): string {
	const { request, url } = context;
	const wanted =
		inBody ??
		url.searchParams.get('redirect_to') ??
		request.headers.get('redirect_to') ??
		request.headers.get('referer');
	return allowedTarget(context, wanted);
}

export function allowedTarget(
	{ siteUrl, config }: AuthServices,
	wanted: string | null | undefined
): string {
	if (wanted === null || wanted === undefined || !URL.canParse(wanted)) return siteUrl;
	const target = new URL(wanted);
	const site = new URL(siteUrl);
	if (target.hostname === site.hostname && target.protocol === site.protocol) return wanted;
	// A listed pattern must not be met by the bare address of some machine.
	if (isIP(target.hostname) !== 0 && !target.hostname.startsWith('127.')) return siteUrl;
	const withoutFragment = wanted.split('#')[0] ?? '';
	const listed = config.additional_redirect_urls.some((pattern) =>
		globExpression(pattern).test(withoutFragment)
	);
	return listed ? wanted : siteUrl;
}

/** `*` and `?` stop at `.` and `/`, `**` does not; `{a,b}` is either. */
export function globExpression(pattern: string): RegExp {
	let depth = 0;
	const source = pattern.replace(/\*\*|[\s\S]/g, (part) => {
		if (part === '**') return '.*';
		if (part === '*') return '[^./]*';
		if (part === '?') return '[^./]';
		if (part === '{') return (depth++, '(?:');
		if (part === '}' && depth > 0) return (depth--, ')');
		if (part === ',' && depth > 0) return '|';
		return part.replace(/[.+^$()|[\]\\{}/]/, '\\$&');
	});
	return new RegExp(`^${source}${')'.repeat(depth)}$`, 's');
}

export function withQuery(target: string, parameters: Record<string, string>): string {
	const url = new URL(target);
	for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
	return url.href;
}

export function withFragment(target: string, parameters: Record<string, string>): string {
	return `${target.split('#')[0] ?? ''}#${new URLSearchParams(parameters).toString()}`;
}

/** A page without a server reads the fragment; with PKCE it is a server that reads the query. */
export function errorTarget(
	target: string,
	error: Pick<AuthError, 'status' | 'code' | 'message'>,
	inQuery: boolean
): string {
	const reason = {
		error: oauthErrors.get(error.status) ?? 'server_error',
		error_code: error.code,
		error_description: error.message
	};
	return withFragment(inQuery ? withQuery(target, reason) : target, reason);
}

export function redirect(location: string, status: 302 | 303 = 303): Response {
	return new Response(null, { status, headers: { location } });
}

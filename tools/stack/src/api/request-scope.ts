import { AsyncLocalStorage } from 'node:async_hooks';
import type { Authorization } from './authorization.ts';

/**
 * The HTTP request being answered, for code that @supabase/lite calls without it: the database
 * context, the storage adapter.
 */
export type RequestScope = {
	method: string;
	/** Below the service's prefix, as PostgREST reports it: `/rpc/send_message`. */
	path: string;
	headers: Headers;
	query: URLSearchParams;
	authorization: Authorization;
};

export const requestScope = new AsyncLocalStorage<RequestScope>();

export function openScope(
	request: Request,
	peerAddress: string | null,
	authorization: Authorization
): RequestScope {
	const url = new URL(request.url);
	const headers = new Headers(request.headers);
	// As a hosted project's proxy does: SQL finds the caller's address in request.headers.
	const forwarded = [headers.get('x-forwarded-for'), peerAddress].filter((hop) => hop !== null);
	if (forwarded.length > 0) headers.set('x-forwarded-for', forwarded.join(', '));
	return {
		method: request.method,
		path: url.pathname.replace(/^\/[a-z]+\/v1/, ''),
		headers,
		query: url.searchParams,
		authorization
	};
}

import { returnTo } from '#lib/session/return-to.ts';

/** The path behind a mail's whole address, when it is one of this console. */
export function nextPath(next: string | null, host: string): string {
	if (next === null || !URL.canParse(next)) return returnTo(next);
	const url = new URL(next);
	return url.host === host ? returnTo(url.pathname + url.search) : returnTo(null);
}

/** `/login` or a page beside it that leads back to where somebody came from. */
export function withReturn(path: string, target: string): string {
	return target === '/inbox' ? path : `${path}?return=${encodeURIComponent(target)}`;
}

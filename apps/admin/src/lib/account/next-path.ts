import { returnTo } from '#lib/session/return-to.ts';

/** The path behind a mail's whole address; whichever host it names, the way goes on in this console. */
export function nextPath(next: string | null): string {
	if (next === null || !URL.canParse(next)) return returnTo(next);
	const { pathname, search } = new URL(next);
	return returnTo(pathname + search);
}

/** `/login` or a page beside it that leads back to where somebody came from. */
export function withReturn(path: string, target: string): string {
	return target === '/inbox' ? path : `${path}?return=${encodeURIComponent(target)}`;
}

/** The same, and what went wrong, which the page says. */
export function withFailure(path: string, target: string, failure: string | null): string {
	const back = withReturn(path, target);
	if (failure === null) return back;
	return `${back}${back.includes('?') ? '&' : '?'}failure=${failure}`;
}

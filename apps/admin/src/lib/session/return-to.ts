/** Where to go after signing in: a path of this app, never another site. */
export function returnTo(value: string | null): string {
	if (!value?.startsWith('/')) return '/inbox';
	const url = new URL(value, 'http://console.invalid');
	const ours = url.host === 'console.invalid' && !url.pathname.startsWith('/login');
	return ours ? url.pathname + url.search : '/inbox';
}

export function loginPath(url: Pick<URL, 'pathname' | 'search'>): string {
	const here = url.pathname + url.search;
	return here === '/' || here === '/inbox' ? '/login' : `/login?return=${encodeURIComponent(here)}`;
}

/** Where a code is asked for, and the way back. */
export function secondStepPath(url: Pick<URL, 'pathname' | 'search'>): string {
	return `/login/code?return=${encodeURIComponent(url.pathname + url.search)}`;
}

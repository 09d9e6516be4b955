import type { CookieOptions } from '@supabase/ssr';

const yearInSeconds = 365 * 24 * 3600;

/** Not `httpOnly`: the browser's client reads the session and refreshes it. */
export function sessionCookie(supabaseUrl: string): CookieOptions {
	return {
		path: '/',
		sameSite: 'lax',
		httpOnly: false,
		// The console cannot see the scheme in front of it; a project on https has a console on https.
		secure: supabaseUrl.startsWith('https:'),
		maxAge: yearInSeconds
	};
}

import type { CookieOptions } from '@supabase/ssr';

const yearInSeconds = 365 * 24 * 3600;

/** Scripts never see the session: the page asks `POST /session` for access tokens. */
export function sessionCookie(supabaseUrl: string): CookieOptions {
	return {
		path: '/',
		sameSite: 'lax',
		httpOnly: true,
		// The console cannot see the scheme in front of it; a project on https has a console on https.
		secure: supabaseUrl.startsWith('https:'),
		maxAge: yearInSeconds
	};
}

import type { Cookies } from '@sveltejs/kit';
import { organizationCookie } from './organization.ts';

/** Scripts write it as well, so it is none of the cookies that they cannot see. */
export function rememberOrganization(cookies: Cookies, id: string): void {
	const yearInSeconds = 31_536_000;
	cookies.set(organizationCookie, id, {
		...{ path: '/', maxAge: yearInSeconds, sameSite: 'lax' as const },
		...{ httpOnly: false, secure: false }
	});
}

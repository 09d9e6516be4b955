import { createServerClient } from '@supabase/ssr';
import { paraglideMiddleware } from '@chatiq/i18n/console/server';
import type { Database } from '@chatiq/contracts/database';
import { sequence, type Handle, type HandleServerError } from '@sveltejs/kit/hooks';
import { SUPABASE_PUBLISHABLE_KEY, SUPABASE_URL } from '$app/env/public';
import { publicLanguage } from '#lib/public/pages.ts';
import { structuredData } from '#lib/public/structured-data.ts';
import { sessionCookie } from '#lib/session/cookie.ts';
import { sameHost } from '#lib/session/same-host.ts';
import { secure } from '#lib/session/security-headers.ts';
import { readTheme } from '#lib/session/theme.ts';
import { widgetUrl } from '#lib/settings/widget-url.ts';

const refuseForeignWrites: Handle = ({ event, resolve }) => {
	if (sameHost(event.request)) return resolve(event);
	return new Response('Cross-site requests are refused', { status: 403 });
};

const setHeaders: Handle = async ({ event, resolve }) =>
	secure(await resolve(event), {
		supabaseUrl: SUPABASE_URL,
		// The first public page has the widget on it.
		scripts: publicLanguage(event.url.pathname) ? [new URL(widgetUrl).origin] : []
	});

const pickLanguage: Handle = ({ event, resolve }) =>
	paraglideMiddleware(event.request, ({ locale }) => {
		const theme = readTheme(event.cookies.get('theme'));
		// Public pages have their language in the address, and are for search engines.
		const open = publicLanguage(event.url.pathname);
		return resolve(event, {
			transformPageChunk: ({ html }) =>
				html
					.replace('%locale%', open ?? locale)
					.replace('%robots%', open ? 'index' : 'noindex')
					.replace('%theme%', theme)
					// As a function: nothing in it is a pattern.
					.replace('%structured%', () => structuredData(event.url))
		});
	});

const findSession: Handle = async ({ event, resolve }) => {
	const sessionHeaders = new Headers();
	event.locals.supabase = createServerClient<Database>(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
		cookieOptions: sessionCookie(SUPABASE_URL),
		// A list of one's sessions names browsers, not this server.
		global: { headers: { 'user-agent': event.request.headers.get('user-agent') ?? 'unknown' } },
		cookies: {
			getAll: () => event.cookies.getAll(),
			setAll: (cookies, headers) => {
				for (const { name, value, options } of cookies) {
					event.cookies.set(name, value, { ...options, path: '/' });
				}
				for (const [name, value] of Object.entries(headers)) sessionHeaders.set(name, value);
			}
		}
	});
	const { data } = await event.locals.supabase.auth.getClaims();
	event.locals.user = data ? { id: data.claims.sub, email: data.claims.email ?? '' } : null;
	const response = await resolve(event, {
		filterSerializedResponseHeaders: (name) =>
			name === 'content-range' || name === 'x-supabase-api-version'
	});
	for (const [name, value] of sessionHeaders) response.headers.set(name, value);
	// What an operator sees is in these pages, their access token too.
	if (event.locals.user) response.headers.set('cache-control', 'private, no-store');
	return response;
};

export const handle = sequence(setHeaders, refuseForeignWrites, pickLanguage, findSession);

export const handleError: HandleServerError = ({ kind, error, event }) => {
	// A missing page is the visitor's news, not ours.
	if (kind === 'unknown') console.error(`${event.request.method} ${event.url.pathname}`, error);
};

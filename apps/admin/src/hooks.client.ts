import type { HandleClientError } from '@sveltejs/kit/hooks';
import { baseLocale, overwriteGetLocale, toLocale } from '@chatiq/i18n/console/runtime';

// The server has decided; asking the cookie anew for every text would be slower and could differ.
overwriteGetLocale(() => toLocale(document.documentElement.lang) ?? baseLocale);

/** What `fetch` throws without an answer; the page for errors says so. */
export const handleError: HandleClientError = ({ error }) => ({
	unreachable: error instanceof TypeError && error.message.includes('fetch')
});

import { getLocale } from '@chatiq/i18n/console/runtime';
import { error, redirect } from '@sveltejs/kit';
import { DEMO_SITE_KEY } from '$app/env/public';
import { languageOf, pageOf, textsOf } from '#lib/public/pages.ts';
import { widgetUrl } from '#lib/settings/widget-url.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ params, url }) => {
	// `/help` is the page in the reader's own language.
	if (pageOf(params.language)) redirect(302, `/${getLocale()}${url.pathname}`);
	const language = languageOf(params.language);
	if (!language) error(404);
	return {
		language,
		origin: url.origin,
		home: textsOf(language).home,
		demo: DEMO_SITE_KEY ? { widgetUrl, siteKey: DEMO_SITE_KEY } : null
	};
};

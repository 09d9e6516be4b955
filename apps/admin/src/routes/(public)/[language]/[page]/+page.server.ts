import { error } from '@sveltejs/kit';
import { languageOf, pageOf, textsOf } from '#lib/public/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ params, url }) => {
	const [language, name] = [languageOf(params.language), pageOf(params.page)];
	if (!language || !name) error(404);
	return { language, name, origin: url.origin, page: textsOf(language).pages[name] };
};

import { languages } from '#lib/public/pages.ts';
import type { RequestHandler } from './$types';

/** Public pages are for search engines, the console is not. */
export const GET: RequestHandler = ({ url }) =>
	new Response(
		[
			'User-agent: *',
			'Allow: /$',
			...languages.map((language) => `Allow: /${language}`),
			...['/_app/', '/icons/', '/widget'].map((files) => `Allow: ${files}`),
			'Disallow: /',
			`Sitemap: ${url.origin}/sitemap.xml`,
			''
		].join('\n'),
		{ headers: { 'content-type': 'text/plain; charset=utf-8' } }
	);

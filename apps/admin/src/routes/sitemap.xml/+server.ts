import { languages, pageNames } from '#lib/public/pages.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = ({ url }) => {
	const paths = languages.flatMap((language) => [
		`/${language}`,
		...pageNames.map((name) => `/${language}/${name}`)
	]);
	const urls = paths.map((path) => `<url><loc>${url.origin}${path}</loc></url>`).join('');
	return new Response(
		`<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${urls}</urlset>`,
		{ headers: { 'content-type': 'application/xml; charset=utf-8' } }
	);
};

import { languages, pageNames } from '#lib/public/pages.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = ({ url }) => {
	const addressOf = (language: string, page: string) => `${url.origin}/${language}${page}`;
	const urls = ['', ...pageNames.map((name) => `/${name}`)]
		.flatMap((page) => languages.map((language) => ({ page, language })))
		.map(({ page, language }) => {
			const alternates = languages.map(
				(other) =>
					`<xhtml:link rel="alternate" hreflang="${other}" href="${addressOf(other, page)}"/>`
			);
			return `<url><loc>${addressOf(language, page)}</loc>${alternates.join('')}</url>`;
		})
		.join('');
	return new Response(
		`<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">${urls}</urlset>`,
		{ headers: { 'content-type': 'application/xml; charset=utf-8' } }
	);
};

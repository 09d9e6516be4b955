import { languageOf, pageOf, textsOf, type Language, type Page, type PageName } from './pages.ts';

interface Described {
	language: Language;
	/** Null is the first page. */
	name: PageName | null;
	origin: string;
	page: Page;
}

/** What a public page is, for search engines, as a JSON-LD element; nothing for the console's own pages. */
export function structuredData({ origin, pathname }: Pick<URL, 'origin' | 'pathname'>): string {
	const [, first, second] = pathname.split('/');
	const [language, name] = [languageOf(first), pageOf(second) ?? null];
	if (!language || (second && name === null)) return '';
	const { home, pages } = textsOf(language);
	return elementOf({ language, name, origin, page: name === null ? home : pages[name] });
}

/** Nothing in it can end the element early. */
export function elementOf(described: Described): string {
	const data = JSON.stringify({ '@context': 'https://schema.org', ...describe(described) });
	return `<script type="application/ld+json">${data.replaceAll('<', '\\u003c')}</script>`;
}

function describe({ language, name, origin, page: { title, lead, parts } }: Described) {
	const url = `${origin}/${language}${name === null ? '' : `/${name}`}`;
	const about = { url, name: title, description: lead, inLanguage: language };
	if (name === null) {
		return {
			...{ '@type': 'SoftwareApplication', ...about, name: 'ChatIQ', headline: title },
			...{ applicationCategory: 'BusinessApplication', operatingSystem: 'Web' },
			featureList: parts.map((part) => part.title)
		};
	}
	if (name !== 'help') return { '@type': 'WebPage', ...about };
	return {
		...{ '@type': 'FAQPage', ...about },
		mainEntity: parts.map((part) => ({
			...{ '@type': 'Question', name: part.title },
			acceptedAnswer: { '@type': 'Answer', text: part.text.join(' ') }
		}))
	};
}

import en from '@chatiq/i18n/public/en.json';
import uk from '@chatiq/i18n/public/uk.json';

export const pageNames = ['help', 'pricing', 'privacy', 'terms'] as const;
export type PageName = (typeof pageNames)[number];

export const languages = ['en', 'uk'] as const;
export type Language = (typeof languages)[number];

interface Part {
	title: string;
	/** Paragraphs. */
	text: readonly string[];
}

export interface Page {
	title: string;
	/** For search engines, and under the title. */
	lead: string;
	parts: readonly Part[];
}

/** All words of the public pages: they are drawn without a script, in the language of their address. */
export interface PublicTexts {
	home: Page & { signUp: string; demo: string; demoWithoutScripts: string; picture: string };
	pages: Record<PageName, Page>;
	menu: Record<PageName | 'signIn' | 'signUp', string>;
	footer: string;
	/** The language's own name. */
	name: string;
}

const texts: Record<Language, PublicTexts> = { en, uk };

export const textsOf = (language: Language): PublicTexts => texts[language];

export const languageOf = (text: string | undefined): Language | undefined =>
	languages.find((language) => language === text);

export const pageOf = (text: string | undefined): PageName | undefined =>
	pageNames.find((name) => name === text);

/** The language of a public page, from its path; nothing for the console's own pages. */
export const publicLanguage = (pathname: string): Language | undefined =>
	languageOf(pathname.split('/')[1]);

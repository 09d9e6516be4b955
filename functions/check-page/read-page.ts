import type { Page } from './fetch-page.ts';

const attribute = (tag: string, name: string): string | undefined => {
	const [, double, single, bare] =
		new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag) ?? [];
	return double ?? single ?? bare;
};

const withoutComments = (html: string): string => html.replace(/<!--[\s\S]*?-->/g, '');

/** Keys of sites in a page's source, wherever they stand: in the tag, in a settings object, in a loader of somebody's own. */
export const keysOn = (html: string): string[] => [
	...new Set(withoutComments(html).match(/\bpk_[A-Za-z0-9]{8,64}\b/g) ?? [])
];

/** Policies of the headers, where commas part them, and of `<meta http-equiv>`. */
export function policiesOf({ html, policy }: Pick<Page, 'html' | 'policy'>): string[] {
	const tags = withoutComments(html).match(/<meta\b[^>]*>/gi) ?? [];
	const written = tags
		.filter((tag) => attribute(tag, 'http-equiv')?.toLowerCase() === 'content-security-policy')
		.map((tag) => attribute(tag, 'content') ?? '');
	return [...(policy?.split(',') ?? []), ...written.map(unescape)]
		.map((one) => one.trim())
		.filter((one) => one !== '');
}

const unescape = (text: string): string =>
	text
		.replace(/&#0?39;|&apos;/g, "'")
		.replaceAll('&quot;', '"')
		.replaceAll('&amp;', '&');

import { expect, it } from 'vitest';
import { pageNames } from './pages.ts';
import { elementOf, structuredData } from './structured-data.ts';

const origin = 'https://x.test';
const read = (element: string): Record<string, unknown> =>
	JSON.parse(
		/^<script type="application\/ld\+json">(.*)<\/script>$/.exec(element)?.[1] ?? ''
	) as never;

it.each(['/uk', ...pageNames.map((name) => `/uk/${name}`)])('says what %s is', (pathname) => {
	expect(read(structuredData({ origin, pathname }))).toMatchObject({
		'@context': 'https://schema.org',
		url: `${origin}${pathname}`,
		inLanguage: 'uk',
		description: expect.stringMatching(/[а-яі]/) as string
	});
});

it.each(['/', '/inbox', '/uk/inbox', '/settings/help'])('has nothing to say of %s', (pathname) => {
	expect(structuredData({ origin, pathname })).toBe('');
});

it('cannot be ended by a text', () => {
	const parts = [{ title: 'Why?', text: ['Because </script><script>alert(1)</script>'] }];
	const element = elementOf({
		...{ language: 'en', name: 'help', origin },
		page: { title: 'Help', lead: '', parts }
	} as const);
	expect(element.match(/<\/script>/g)).toHaveLength(1);
	expect(read(element)).toMatchObject({
		'@type': 'FAQPage',
		mainEntity: [{ name: 'Why?', acceptedAnswer: { text: parts[0]?.text[0] } }]
	});
});

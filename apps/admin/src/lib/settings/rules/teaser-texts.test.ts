import { expect, it } from 'vitest';
import { teaserTexts } from './teaser-texts.ts';

it('fills in the names of the site, and nothing of a visitor that nobody knows', () => {
	expect(
		teaserTexts(
			{ en: 'Hello, {{visitor_name}}! This is {{ site_name }}.', uk: 'Вітаємо в {{site_name}}' },
			{ site_name: 'Kavka' }
		)
	).toEqual({ en: 'Hello! This is Kavka.', uk: 'Вітаємо в Kavka' });
});

it('leaves out a language in which nothing is said', () => {
	expect(teaserTexts({ en: ' ', uk: '{{visitor_name}}' }, {})).toEqual({});
});

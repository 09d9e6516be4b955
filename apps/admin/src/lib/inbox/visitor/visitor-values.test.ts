import { expect, it } from 'vitest';
import { safeLanguage, safeTimeZone, webHref } from './visitor-values.ts';

it('takes real values', () => {
	expect(safeTimeZone('Europe/Kyiv')).toBe('Europe/Kyiv');
	expect(safeLanguage('uk-UA')).toBe('uk-UA');
	expect(webHref('https://kavka.test/a')).toBe('https://kavka.test/a');
});

it.each([null, '', 'Mars/Base', '"><script>'])('takes no time zone from %s', (value) => {
	expect(safeTimeZone(value)).toBeNull();
});

it.each([null, '', 'not a language', '<b>'])('takes no language from %s', (value) => {
	expect(safeLanguage(value)).toBeNull();
});

it.each([null, '', '/menu', 'javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd'])(
	'takes no link from %s',
	(value) => {
		expect(webHref(value)).toBeNull();
	}
);

import { afterEach, expect, it, vi } from 'vitest';
import { overwriteGetLocale } from '@chatiq/i18n/console/runtime';
import { dayAndTime, timeOfDay } from './time.ts';

const morning = new Date('2026-11-21T09:05:00Z');

afterEach(() => vi.unstubAllGlobals());

it.each([
	['en', ['en-US', 'en'], /^9:05\sAM$/],
	['en', ['uk-UA', 'en-GB'], /^09:05$/],
	['en', ['uk-UA'], /^9:05\sAM$/],
	['uk', ['en-US'], /^09:05$/]
] as const)('writes a time in %s as a reader of %j does', (language, languages, expected) => {
	overwriteGetLocale(() => language);
	vi.stubGlobal('navigator', { languages });
	expect(timeOfDay(morning, 'UTC')).toMatch(expected);
});

it.each([
	[['en-GB'], /^Monday,? 23 November at 17:00$/],
	[['en-US'], /^Monday, November 23 at 5:00\sPM$/]
] as const)('writes a day and its time as a reader of %j does', (languages, expected) => {
	overwriteGetLocale(() => 'en');
	vi.stubGlobal('navigator', { languages });
	expect(dayAndTime(new Date('2026-11-23T17:00:00Z'), 'UTC')).toMatch(expected);
});

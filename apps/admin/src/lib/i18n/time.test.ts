import { afterEach, expect, it, vi } from 'vitest';
import { overwriteGetLocale } from '@chatiq/i18n/console/runtime';
import { timeOfDay } from './time.ts';

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

import { getLocale, overwriteGetLocale } from '@chatiq/i18n/console/runtime';
import { afterEach, expect, it } from 'vitest';
import { deliveryReason } from './delivery-reason.ts';

const usual = getLocale;
afterEach(() => overwriteGetLocale(usual));

it('says what the worker wrote in the language of the reader, and leaves the rest', () => {
	overwriteGetLocale(() => 'uk');
	expect(deliveryReason('The answer was 503.')).toBe('Відповідь була 503.');
	expect(deliveryReason('No connection: ECONNREFUSED')).toBe('Немає з’єднання: ECONNREFUSED');
	expect(deliveryReason('No answer within 10 s.')).toBe('Немає відповіді протягом 10 с.');
	expect(deliveryReason('Something else.')).toBe('Something else.');
});

import { expect, it } from 'vitest';
import { auditQueryOf, auditSearchOf, timesOf } from './audit-query.ts';

const read = (search: string) =>
	auditQueryOf(new URL(`https://console.test/settings/audit${search}`), ['ann']);

it.each(['', '?who=ann&what=sites&from=2026-01-01&to=2026-01-31'])(
	'is written as it was read: %s',
	(search) => expect(auditSearchOf(read(search))).toBe(search)
);

it('ignores whom and what it does not know', () => {
	expect(auditSearchOf(read('?who=eve&what=messages&from=yesterday&to=2026-99-01'))).toBe('');
});

it('ends with the last moment of the day', () => {
	const { after, before } = timesOf(read('?from=2026-01-31&to=2026-01-31'));
	expect(new Date(after ?? '').getTime()).toBe(new Date(2026, 0, 31).getTime());
	expect(new Date(before ?? '').getTime()).toBe(new Date(2026, 1, 1).getTime());
});

import { expect, it } from 'vitest';
import { auditQueryOf, auditSearchOf, changesOf, timesOf } from './audit-query.ts';

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

it('tells what changed, by names, and is silent about ids and what stayed', () => {
	const names = new Map([['u1', 'Ann']]);
	expect(
		changesOf(
			{
				before: { id: '1', user_id: 'u1', role: 'operator', capacity: null, same: [1] },
				after: { id: '2', user_id: 'u1', role: 'admin', capacity: 5, same: [1] }
			},
			names
		)
	).toEqual([
		{ column: 'role', before: 'operator', after: 'admin' },
		{ column: 'capacity', before: null, after: '5' }
	]);
	expect(changesOf({ before: null, after: { user_id: 'u1', events: ['a', 'b'] } }, names)).toEqual([
		{ column: 'user_id', before: null, after: 'Ann' },
		{ column: 'events', before: null, after: 'a, b' }
	]);
	expect(
		changesOf(
			{
				before: { texts: {}, stops: true, conditions: {} },
				after: { texts: { en: 'Hi', uk: null }, stops: false, conditions: { min_visits: 2 } }
			},
			names
		)
	).toEqual([
		{ column: 'texts', before: null, after: 'en: Hi; uk: –' },
		{ column: 'stops', before: 'Yes', after: 'No' },
		{ column: 'conditions', before: null, after: 'min visits: 2' }
	]);
});

import { expect, it } from 'vitest';
import { filterOf, filterSearch, type InboxFilter } from './filter.ts';

const known = { siteIds: ['shop'], labelIds: ['vip'] };
const read = (search: string) => filterOf(new URL(`https://chat.test/inbox${search}`), known);
const all: InboxFilter = { view: 'open', site_id: null, label_id: null };

it.each([
	['', all],
	['?view=mine', { ...all, view: 'mine' }],
	['?site=shop&label=vip', { ...all, site_id: 'shop', label_id: 'vip' }],
	['?view=waiting&site=shop', { ...all, view: 'waiting', site_id: 'shop' }]
] as const)('reads and writes %j', (search, filter) => {
	expect(read(search)).toEqual(filter);
	expect(filterSearch(filter)).toBe(search);
});

it('ignores what it does not know, and still understands old addresses', () => {
	expect(read('?view=secret&site=foreign&label=gone')).toEqual(all);
	expect(read('?status=closed')).toEqual({ ...all, view: 'closed' });
});

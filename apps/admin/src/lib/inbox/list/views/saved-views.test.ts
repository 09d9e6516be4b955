import { expect, it } from 'vitest';
import type { InboxFilter } from '../filter.ts';
import { filterOfView, parametersOf } from './saved-views.svelte.ts';

it('keeps a list as it stands in the address', () => {
	const filter: InboxFilter = { view: 'mine', site_id: 'site', label_id: null };
	expect(parametersOf(filter)).toEqual({ view: 'mine', site: 'site' });
	expect(filterOfView({ filters: parametersOf(filter) })).toEqual(filter);
});

it.each([[null], ['mine'], [['mine']], [{ view: 'nothing', site: 5 }]])(
	'takes %j for the open list',
	(filters) => {
		expect(filterOfView({ filters })).toEqual({ view: 'open', site_id: null, label_id: null });
	}
);

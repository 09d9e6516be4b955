import type { MyOrganization } from '@chatiq/contracts/team';
import { describe, expect, it } from 'vitest';
import { chooseOrganization } from './organization.ts';

const member = (id: string, factor_missing = false): MyOrganization => ({
	...{ id, name: id, role: 'operator', factor_missing, requires_second_factor: factor_missing }
});
const choose = (
	mine: MyOrganization[],
	how: { asked?: string; last?: string } = {}
): [string, string?] => {
	const choice = chooseOrganization(mine, { asked: how.asked ?? null, last: how.last });
	return choice.kind === 'none' ? ['none'] : [choice.kind, choice.organization.id];
};

describe('chooseOrganization', () => {
	const two = [member('a'), member('b')];

	it('goes where it was last, unless an address asks for another one', () => {
		expect(choose(two)).toEqual(['open', 'a']);
		expect(choose(two, { last: 'b' })).toEqual(['open', 'b']);
		expect(choose(two, { last: 'b', asked: 'a' })).toEqual(['open', 'a']);
	});

	it('forgets an organisation that was left', () => {
		expect(choose(two, { last: 'gone', asked: 'gone too' })).toEqual(['open', 'a']);
		expect(choose([])).toEqual(['none']);
	});

	it('passes over one that asks for a second factor, until it is asked for or the only one', () => {
		const closed = [member('a', true), member('b')];
		expect(choose(closed, { last: 'a' })).toEqual(['open', 'b']);
		expect(choose(closed, { asked: 'a' })).toEqual(['closed', 'a']);
		expect(choose([member('a', true)])).toEqual(['closed', 'a']);
	});
});

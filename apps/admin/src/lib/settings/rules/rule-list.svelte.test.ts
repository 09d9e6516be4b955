import { expect, it } from 'vitest';
import { RuleList, type ListedRule } from './rule-list.svelte.ts';

const rule = (id: string, position: number): ListedRule => ({
	...{ id, position, name: id, trigger: 'keyword', enabled: true }
});

function list(fail = false) {
	const stored: string[] = [];
	const store = (what: string) => {
		if (fail) return Promise.reject(new Error('refused'));
		stored.push(what);
		return Promise.resolve();
	};
	const rules = new RuleList([rule('a', 1), rule('b', 2), rule('c', 3)], {
		setPosition: (id, position) => store(`${id}${position}`),
		setEnabled: (id, enabled) => store(`${id} ${enabled}`)
	});
	return { rules, stored, order: () => rules.rules.map(({ id }) => id).join('') };
}

it('moves a rule and writes only what has another position', async () => {
	const { rules, stored, order } = list();
	await rules.move('b', 0);
	expect([order(), stored]).toEqual(['bac', ['b1', 'a2']]);
	await rules.move('b', -1);
	expect(stored).toHaveLength(2);
});

it('stores quick moves in the order in which they were made', async () => {
	const { rules, stored, order } = list();
	await Promise.all([rules.move('a', 1), rules.move('a', 2), rules.setEnabled('a', false)]);
	expect([order(), stored]).toEqual(['bca', ['b1', 'a2', 'c2', 'a3', 'a false']]);
});

it('shows the old order again when it cannot be stored', async () => {
	const { rules, order } = list(true);
	await expect(rules.move('c', 0)).rejects.toThrow('refused');
	expect(order()).toBe('abc');
});

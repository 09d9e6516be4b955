import { expect, it } from 'vitest';
import { SortedRows } from './sorted-rows.ts';

interface Row {
	id: string;
	at: number;
	shown: boolean;
}

/** Always the same ones. */
function numbers(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
		return Math.floor((state / 2_147_483_648) * below);
	};
}

const rules = {
	belongs: ({ shown }: Row) => shown,
	compare: (a: Row, b: Row) => b.at - a.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
};

it('stands as if it were sorted anew, whatever changes', () => {
	const rows = new Map<string, Row>();
	const changes = new Set<string>();
	let known = false;
	const list = new SortedRows<Row>({
		get all() {
			return [...rows.values()];
		},
		get: (id) => rows.get(id) ?? null,
		takeChanges: () => {
			const taken = known ? new Set(changes) : null;
			known = true;
			changes.clear();
			return taken;
		}
	});
	const random = numbers(7);
	for (let step = 0; step < 400; step++) {
		for (let i = 0; i <= random(3); i++) {
			const id = `row ${String(random(40))}`;
			// Many stand at the same time, some leave and come back, some are erased.
			if (random(8) === 0) rows.delete(id);
			else rows.set(id, { id, at: random(10), shown: random(4) > 0 });
			changes.add(id);
		}
		const wanted = [...rows.values()].filter(rules.belongs).sort(rules.compare);
		expect(list.read('list', rules)).toEqual(wanted);
	}
	expect(list.read('another', { ...rules, belongs: () => true })).toHaveLength(rows.size);
});

import { describe, expect, it } from 'vitest';
import type { Actor } from './actors.ts';
import type { Answer } from './api.ts';
import { gotNothing, lookOn, sides, type Side } from './attackers.ts';
import { followForeignKeys } from './checks/embeds.ts';
import { columnsOf } from './checks/rows.ts';
import { keyFilter, subject, type Row, type Subject } from './context.ts';
import { copyOf } from './copy.ts';
import { tables } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();
const { ask, expectNothingChanged } = lookOn(context);

const merge = { prefer: 'resolution=merge-duplicates,return=representation' };
const ignore = { prefer: 'resolution=ignore-duplicates,return=representation' };

describe.each(Object.keys(tables))('%s', (name) => {
	it('is not overwritten by an upsert on a foreign key, alone or among others', async () => {
		const about = subject(context(), name);
		const answers = await Promise.all(
			sides.flatMap((side) =>
				side.attackers.flatMap((actor) =>
					upserts(about, side, actor).flatMap((body) =>
						[merge, ignore].map((headers) => ask(actor, name, { body, headers }))
					)
				)
			)
		);
		expect(answers.filter((answer) => !gotNothing(answer))).toEqual([]);
		await expectNothingChanged();
	});

	it('takes no foreign id into a row of one’s own', async () => {
		const about = subject(context(), name);
		const answers = await Promise.all(
			sides.flatMap((side) => side.attackers.flatMap((actor) => swapIds(about, side, actor)))
		);
		expect(answers.filter((answer) => !gotNothing(answer))).toEqual([]);
		await expectNothingChanged();
	});

	it('tells nothing about a foreign row by counting, sorting or failing', async () => {
		const about = subject(context(), name);
		const order = about.table.columns.map((column) => `${column.name}.desc`).join(',');
		const [key = ''] = Object.keys(about.keys['foreign'] ?? {});
		const hear = async (actor: Actor, place: string) => {
			const filter = keyFilter(about.keys[place] ?? {});
			const answers = await Promise.all(
				probes(name, key, filter, order).map(({ path, ...options }) => ask(actor, path, options))
			);
			return answers.map(({ status, text, headers }) => {
				return { actor, status, text, range: headers.get('content-range') };
			});
		};
		for (const actor of sides[0]?.attackers ?? []) {
			const [real, made] = await Promise.all([hear(actor, 'foreign'), hear(actor, 'guessed')]);
			expect(real).toEqual(made);
		}
	});
});

/** The foreign row as it is; among copies; and, where rows may be inserted, a row of one's own under its key. */
function upserts(about: Subject, side: Side, actor: Actor): unknown[] {
	const lines = Object.keys(about.rows);
	const theirs = side.theirs(lines);
	const foreign = about.rows[theirs] ?? {};
	const bodies: unknown[] = [foreign, [copyOf(about, theirs), foreign], [foreign, foreign]];
	const mine = insertable(about, side, actor);
	if (!mine) return bodies;
	const copy = pick(copyOf(about, mine.place), mine.columns);
	const keys = Object.keys(about.keys[theirs] ?? {}).filter((key) => mine.columns.includes(key));
	const under = { ...copy, ...pick(foreign, keys) };
	return [...bodies, pick(foreign, mine.columns), under, [under, pick(foreign, mine.columns)]];
}

/** Writes each id of the other organisation's row in turn into a row that the actor sees, or into a copy of it. */
function swapIds(about: Subject, side: Side, actor: Actor): Promise<Answer>[] {
	const { cells, rows, keys, table } = about;
	const lines = Object.keys(rows);
	const foreign = rows[side.theirs(lines)] ?? {};
	const seen = side.mine(lines).find((place) => cells.select[place]?.[actor] === '+');
	if (seen === undefined) return [];
	const key = keys[seen] ?? {};
	const path = `${table.name}?${keyFilter(key)}&select=${Object.keys(key).join(',')}`;
	const mine = insertable(about, side, actor);
	return table.columns.flatMap(({ name, type }) => {
		const value = foreign[name];
		// The same in both rows is no swap.
		if (type !== 'uuid' || value === null || value === rows[seen]?.[name]) return [];
		const updated = ask(actor, path, { method: 'PATCH', body: { [name]: value }, headers: merge });
		if (!mine?.columns.includes(name)) return [updated];
		const body = { ...pick(copyOf(about, mine.place), mine.columns), [name]: value };
		return [updated, ask(actor, table.name, { body })];
	});
}

/** A line of which the actor may insert a copy, and the columns that it may name. */
function insertable(
	{ cells, rows }: Subject,
	side: Side,
	actor: Actor
): { place: string; columns: string[] } | undefined {
	const { insert } = cells;
	if (insert === 'never') return undefined;
	const place = side.mine(Object.keys(rows)).find((line) => insert.cells[line]?.[actor] === '+');
	return place === undefined ? undefined : { place, columns: columnsOf(insert) };
}

function pick(row: Row, columns: string[]): Row {
	return Object.fromEntries(columns.map((column) => [column, row[column]]));
}

function probes(name: string, key: string, filter: string, order: string) {
	const count = { prefer: 'count=exact' };
	const or = filter
		.split('&')
		.map((part) => part.replace('=', '.'))
		.join(',');
	return [
		{ path: `${name}?${filter}&select=${key}`, headers: count },
		{ path: `${name}?${filter}&select=count` },
		{ path: `${name}?${filter}&select=${key}`, method: 'HEAD', headers: count },
		{ path: `${name}?or=(${or})&select=${key}` },
		{ path: `${name}?not.or=(${or})&select=${key}&limit=0` },
		{ path: `${name}?${filter}&select=${key}&order=${order}` },
		{
			path: `${name}?${filter}&select=${key}`,
			headers: { accept: 'application/vnd.pgrst.object+json' }
		}
	];
}

describe('embedding', () => {
	it('follows no foreign key, in either direction, to what the caller may not see', async () => {
		const { filled, leaks } = await followForeignKeys(context());
		expect(filled).toBeGreaterThan(context().catalogue.foreignKeys.length);
		expect(leaks).toEqual([]);
	});
});

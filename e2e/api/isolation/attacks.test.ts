import { beforeAll, describe, expect, it } from 'vitest';
import { clients, type Actor } from './actors.ts';
import type { Answer } from './api.ts';
import { keyFilter, type Subject } from './context.ts';
import { copyOf } from './copy.ts';
import { followForeignKeys } from './checks/embeds.ts';
import { columnsOf } from './checks/rows.ts';
import { digest } from './digest.ts';
import { functions, tables } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();

interface Side {
	attackers: readonly Actor[];
	organization: () => string;
	/** A row that the attackers do not own. */
	target: (about: Subject) => string;
}

/** A's people, its visitors and passers-by against B; the owner of B against A. */
const sides: Side[] = [
	{
		attackers: clients.filter((actor) => actor !== 'str'),
		organization: () => context().world.b.organization,
		target: () => 'foreign'
	},
	{
		attackers: ['str'],
		organization: () => context().world.a.organization,
		target: ({ rows }) => Object.keys(rows).find((place) => place !== 'foreign') ?? ''
	}
];

/** Runs the attack and finds the organisation as it was. */
async function leavesAlone({ organization }: Side, attack: () => Promise<unknown>): Promise<void> {
	const { world } = context();
	const before = await digest(world, organization());
	await attack();
	expect(await digest(world, organization())).toEqual(before);
}

function ask(actor: Actor, path: string, options = {}): Promise<Answer> {
	return context().world.api.ask(actor, `rest/v1/${path}`, options);
}

function subject(name: string): Subject {
	const found = context().subjects.get(name);
	if (!found) throw new Error(`no table ${name}`);
	return found;
}

describe.each(Object.keys(tables))('%s', (name) => {
	it('is not overwritten by an upsert on a foreign key, alone or among others', async () => {
		const about = subject(name);
		for (const side of sides) {
			const foreign = about.rows[side.target(about)];
			const bodies = [foreign, [copyOf(about, 'foreign'), foreign], [foreign, foreign]];
			await leavesAlone(side, async () => {
				const answers = await Promise.all(
					side.attackers.flatMap((actor) =>
						['merge-duplicates', 'ignore-duplicates'].flatMap((resolution) => {
							const headers = { prefer: `resolution=${resolution}` };
							return bodies.map((body) => ask(actor, name, { body, headers }));
						})
					)
				);
				expect(answers.filter(({ status }) => status < 400)).toEqual([]);
			});
		}
	});

	it('takes no foreign id into a row of one’s own', async () => {
		for (const side of sides) {
			await leavesAlone(side, async () => {
				const swaps = side.attackers.flatMap((actor) => swapIds(name, side, actor));
				const answers = await Promise.all(swaps);
				expect(answers.filter(({ status }) => status < 400)).toEqual([]);
			});
		}
	});

	it('tells nothing about a foreign row by counting, sorting or failing', async () => {
		const { keys, table } = subject(name);
		const order = table.columns.map((column) => `${column.name}.desc`).join(',');
		const probes = (key: string, filter: string) => [
			{ path: `${name}?${filter}&select=${key}`, headers: { prefer: 'count=exact' } },
			{ path: `${name}?${filter}&select=count`, headers: {} },
			{
				path: `${name}?${filter}&select=${key}`,
				method: 'HEAD',
				headers: { prefer: 'count=exact' }
			},
			{ path: `${name}?or=(${orFilter(filter)})&select=${key}`, headers: {} },
			{ path: `${name}?not.or=(${orFilter(filter)})&select=${key}&limit=0`, headers: {} },
			{ path: `${name}?${filter}&select=${key}&order=${order}`, headers: {} },
			{
				path: `${name}?${filter}&select=${key}`,
				headers: { accept: 'application/vnd.pgrst.object+json' }
			}
		];
		const [key = ''] = Object.keys(keys['foreign'] ?? {});
		const foreign = probes(key, keyFilter(keys['foreign'] ?? {}));
		const guessed = probes(key, keyFilter(keys['guessed'] ?? {}));
		const hear = async (actor: Actor, { path, ...options }: (typeof foreign)[number]) => {
			const { status, text, headers } = await ask(actor, path, options);
			return { actor, status, text, range: headers.get('content-range') };
		};
		for (const actor of sides[0]?.attackers ?? []) {
			const [real, made] = await Promise.all(
				[foreign, guessed].map((list) => Promise.all(list.map((probe) => hear(actor, probe))))
			);
			expect(real).toEqual(made);
		}
	});
});

/** Writes each id of the other organisation's row in turn into a row that the actor sees, or into a copy of it. */
function swapIds(name: string, side: Side, actor: Actor): Promise<Answer>[] {
	const about = subject(name);
	const { cells, rows, keys, table } = about;
	const target = side.target(about);
	const places = Object.keys(rows).filter(
		(place) => (place === 'foreign') !== (target === 'foreign')
	);
	const mine = places.find((place) => cells.select[place]?.[actor] === '+');
	if (mine === undefined) return [];
	const open = cells.insert === 'never' ? [] : columnsOf(cells.insert);
	const copy = copyOf(about, mine);
	return table.columns.flatMap(({ name: column, type }) => {
		const value = rows[target]?.[column];
		// The same in both rows is no swap.
		if (type !== 'uuid' || value === null || value === rows[mine]?.[column]) return [];
		const path = `${name}?${keyFilter(keys[mine] ?? {})}`;
		const updated = ask(actor, path, { method: 'PATCH', body: { [column]: value } });
		if (!open.includes(column)) return [updated];
		const body = Object.fromEntries(open.map((each) => [each, copy[each]]));
		return [updated, ask(actor, name, { body: { ...body, [column]: value } })];
	});
}

function orFilter(filter: string): string {
	return filter
		.split('&')
		.map((part) => part.replace('=', '.'))
		.join(',');
}

describe('embedding', () => {
	it('follows no foreign key, in either direction, to what the caller may not see', async () => {
		const { filled, leaks } = await followForeignKeys(context());
		expect(filled).toBeGreaterThan(context().catalogue.foreignKeys.length);
		expect(leaks).toEqual([]);
	});
});

describe.each(Object.keys(functions))('%s', (name) => {
	const about = functions[name];

	it('takes no argument that it does not have, and shows nothing foreign by filters or embeds', async () => {
		for (const side of sides) {
			const place = side.organization() === context().world.b.organization ? 'foreign' : 'ver';
			if (about?.cells[place] === undefined) continue;
			await leavesAlone(side, async () => {
				for (const actor of side.attackers) await twist(name, place, actor);
			});
		}
	});
});

/** Calls with arguments that only columns have, then with a column list and a filter of somebody else's. */
async function twist(name: string, place: string, actor: Actor): Promise<void> {
	const { world } = context();
	const call = async () => (await functions[name]?.call(world, place, actor)) ?? {};
	for (const [argument, value] of Object.entries({
		organization_id: world.b.organization,
		role: 'owner',
		author_kind: 'bot'
	})) {
		const body = { ...(await call()), [argument]: value };
		if (argument in (await call())) continue;
		expect((await ask(actor, `rpc/${name}`, { body })).status).toBeGreaterThanOrEqual(400);
	}
	const embed = `rpc/${name}?select=*,conversations(*,visitors(*))`;
	await ask(actor, embed, { body: await call() });
	const filter = `rpc/${name}?or=(visibility.eq.team,visibility.eq.public)`;
	await ask(actor, filter, { body: await call() });
}

describe('sending', () => {
	let note: string;

	beforeAll(() => {
		note = context().world.threads.ver.messages[2];
	});

	it('refuses a message id of another tenant, or of a note, without showing it', async () => {
		const { world } = context();
		const ids = [world.threads.foreign.messages[0], world.threads.oth.messages[0], note];
		for (const message_id of ids) {
			const answers = await Promise.all([
				ask('ver', 'rpc/send_visitor_message', {
					body: { conversation_id: world.threads.ver.id, message_id, body: 'Mine' }
				}),
				ask('opr', 'rpc/send_operator_message', {
					body: { conversation_id: world.threads.unv.id, message_id, body: 'Mine', seen_seq: 1_000 }
				}),
				ask('ver', 'rpc/start_conversation', {
					body: { conversation_id: world.thread('guessed').id, message_id, body: 'Mine' }
				})
			]);
			expect(answers.map(({ message }) => message)).toEqual([
				'id_conflict',
				'id_conflict',
				'id_conflict'
			]);
		}
	});

	it('takes who a visitor is from the token alone', async () => {
		const { world } = context();
		for (const detail of ['verified', 'external_id', 'organization_id', 'site_id', 'id']) {
			const answer = await ask('unv', 'rpc/start_conversation', {
				body: {
					conversation_id: world.threads.unv.id,
					message_id: world.thread('guessed').id,
					body: 'Hello',
					visitor: { [detail]: world.b.organization }
				}
			});
			expect([answer.status, answer.message]).toEqual([422, 'invalid_input']);
		}
	});
});

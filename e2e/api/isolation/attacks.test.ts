import { beforeAll, describe, expect, it } from 'vitest';
import { clients, type Actor } from './actors.ts';
import type { Answer } from './api.ts';
import { keyFilter, type Row, type Subject } from './context.ts';
import { copyOf } from './copy.ts';
import { columnsOf } from './checks/rows.ts';
import { digest } from './digest.ts';
import { functions, tables } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();

/** Everybody but B's own people. */
const outsiders = clients.filter((actor) => actor !== 'str');

/** Runs an attack of everybody else on B and of everybody else on A, and finds both as they were. */
async function leavesAlone(attack: () => Promise<unknown>): Promise<void> {
	const { world } = context();
	const before = await digest(world, world.b.organization);
	await attack();
	expect(await digest(world, world.b.organization)).toEqual(before);
}

function ask(actor: Actor, path: string, options = {}): Promise<Answer> {
	return context().world.api.ask(actor, `rest/v1/${path}`, options);
}

function subject(name: string): Subject {
	const found = context().subjects.get(name);
	if (!found) throw new Error(`no table ${name}`);
	return found;
}

function foreignRow(name: string): Row {
	const row = subject(name).rows['foreign'];
	if (!row) throw new Error(`${name} has no row of the other organisation`);
	return row;
}

describe.each(Object.keys(tables))('%s', (name) => {
	it('is not overwritten by an upsert on a foreign key, alone or among others', async () => {
		await leavesAlone(async () => {
			const answers = await Promise.all(
				outsiders.flatMap((actor) =>
					['merge-duplicates', 'ignore-duplicates'].flatMap((resolution) => {
						const headers = { prefer: `resolution=${resolution}` };
						const own = copyOf(subject(name), Object.keys(subject(name).rows)[0] ?? '');
						return [foreignRow(name), [own, foreignRow(name)]].map((body) =>
							ask(actor, name, { body, headers })
						);
					})
				)
			);
			expect(answers.filter(({ status }) => status < 400)).toEqual([]);
		});
	});

	it('takes no foreign id into a row of one’s own', async () => {
		const { cells, rows, keys, table } = subject(name);
		const foreign = foreignRow(name);
		const attempts = outsiders.flatMap((actor) => {
			const swaps: Promise<Answer>[] = [];
			const mine = Object.keys(rows).find(
				(place) => place !== 'foreign' && cells.select[place]?.[actor] === '+'
			);
			if (mine === undefined) return swaps;
			for (const column of table.columns) {
				const value = foreign[column.name];
				// The same in both rows is no swap.
				if (column.type !== 'uuid' || value === null || value === rows[mine]?.[column.name])
					continue;
				swaps.push(
					ask(actor, `${name}?${keyFilter(keys[mine] ?? {})}`, {
						method: 'PATCH',
						body: { [column.name]: value }
					})
				);
				if (cells.insert === 'never') continue;
				const open = columnsOf(cells.insert);
				if (!open.includes(column.name)) continue;
				const copy = { ...copyOf(subject(name), mine), [column.name]: value };
				const body = Object.fromEntries(open.map((each) => [each, copy[each]]));
				swaps.push(ask(actor, name, { body }));
			}
			return swaps;
		});
		await leavesAlone(async () => {
			const answers = await Promise.all(attempts);
			expect(answers.filter(({ status }) => status < 400)).toEqual([]);
		});
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
		for (const actor of outsiders) {
			const [real, made] = await Promise.all(
				[foreign, guessed].map((list) => Promise.all(list.map((probe) => hear(actor, probe))))
			);
			expect(real).toEqual(made);
		}
	});
});

function orFilter(filter: string): string {
	return filter
		.split('&')
		.map((part) => part.replace('=', '.'))
		.join(',');
}

describe('embedding', () => {
	it('follows no foreign key, in either direction, to what the caller may not see', async () => {
		const { catalogue, world } = context();
		const paths = catalogue.foreignKeys
			.filter(({ to }) => catalogue.tables.has(to))
			.flatMap(({ name, from, to }) => [
				`${from}?select=*,${to}!${name}(*)`,
				`${to}?select=*,${from}!${name}(*)`,
				`${to}?select=*,${from}!${name}!inner(*)`
			]);
		const answers = await Promise.all(
			clients.flatMap((actor) => paths.map((path) => ask(actor, `${path}&limit=1000`)))
		);
		// The watch over all answers says whether something foreign came; some must have come at all.
		expect(
			answers.filter(({ status, text }) => status === 200 && text !== '[]').length
		).toBeGreaterThan(paths.length);
		expect(world.api.leaks).toEqual([]);
	});
});

describe.each(Object.keys(functions))('%s', (name) => {
	const about = functions[name];

	it('takes no argument that it does not have, and shows nothing foreign by filters or embeds', async () => {
		const { world } = context();
		await leavesAlone(async () => {
			for (const actor of outsiders) {
				const places = Object.keys(about?.cells ?? {});
				for (const place of places.filter((place) => place === 'foreign' || place === 'ver')) {
					const body = (await about?.call(world, place, actor)) ?? {};
					const extra = {
						organization_id: world.b.organization,
						role: 'owner',
						author_kind: 'bot'
					};
					const answer = await ask(actor, `rpc/${name}`, { body: { ...extra, ...body } });
					expect(answer.status).toBeGreaterThanOrEqual(400);
					await ask(actor, `rpc/${name}?select=*,conversations(*,visitors(*))`, { body });
					await ask(actor, `rpc/${name}?or=(visibility.eq.team,visibility.eq.public)`, { body });
				}
			}
		});
	});
});

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

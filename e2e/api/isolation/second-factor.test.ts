import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askBucket, bucketCommands } from './checks/buckets.ts';
import { checkDelete, checkInsert } from './checks/copies.ts';
import { checkFunction } from './checks/functions.ts';
import type { Outcome } from './checks/outcome.ts';
import { checkSelect, checkUpdate } from './checks/rows.ts';
import { openSocket } from './checks/topics.ts';
import type { Grid } from './grid.ts';
import { buckets, functions, tables, topics } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();

/** Whose tokens are those of a password alone, and who have set a second factor up. */
const halves = ['own', 'una', 'opr'] as const;

const granted = ['+', 'ok'];

/** The lines that a password alone still opens, and that are not open to everybody. */
function opened({ expected, actual }: Outcome): string[] {
	return Object.entries(actual)
		.filter(([place]) => !granted.includes(expected[place]?.pas ?? ''))
		.flatMap(([place, line]) =>
			halves.filter((half) => granted.includes(line[half])).map((half) => `${half} ${place}`)
		);
}

/** Only what the account can do with a second factor, when it works at all. */
const isOpen = (cells: Grid) =>
	Object.values(cells).some((line) => halves.some((half) => granted.includes(line[half])));

/** The way to the second factor itself. */
const doors = ['second_factor_missing', 'use_recovery_code'];

/** What belongs to an account whatever team it is in, or makes, joins and leaves one. */
const ownAffairs = [
	...doors,
	...[
		'list_sessions',
		'end_session',
		'end_other_sessions',
		'report_presence',
		'list_my_organizations'
	],
	...['get_notification_preferences', 'set_notification_preferences', 'get_push_settings'],
	...['save_push_subscription', 'remove_push_subscription', 'test_push'],
	// Steps and marks of notifications that somebody has had already.
	...['record_notification_steps', 'mark_notifications_read'],
	...['create_organization', 'accept_invitation', 'leave_organization'],
	// Asked of organisations that are made for the call, and ask for no factor.
	...['transfer_ownership', 'delete_organization', 'require_second_factor']
];

describe('a password alone, where a second factor is set up', () => {
	beforeAll(async () => {
		const { sql, people } = context().world;
		for (const half of halves) {
			await sql`
				insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, secret, created_at, updated_at)
				values (gen_random_uuid(), ${people[half].id}, 'Phone', 'totp', 'verified', 'none', now(), now())`;
		}
	});
	afterAll(async () => {
		const { sql, people } = context().world;
		for (const half of halves) {
			await sql`delete from auth.mfa_factors where user_id = ${people[half].id}`;
		}
	});

	it.each(Object.keys(functions).filter((name) => !doors.includes(name)))(
		'gets nothing from %s',
		async (name) => {
			if (!isOpen(functions[name]?.cells ?? {})) return;
			expect(opened(await checkFunction(context(), name, halves))).toEqual([]);
		}
	);

	it.each(Object.keys(tables))('neither reads nor writes %s', async (name) => {
		const found = {
			select: opened(await checkSelect(context(), name, halves)),
			update: (await checkUpdate(context(), name, halves)).flatMap(opened),
			insert: opened(await checkInsert(context(), name, halves)),
			delete: opened(await checkDelete(context(), name, halves))
		};
		// One's own name and language, which the page that asks for the code needs.
		const select = name === 'profiles' ? ['own own', 'opr opr'] : [];
		expect(found).toEqual({ select, update: [], insert: [], delete: [] });
	});

	it.each(Object.entries(buckets))('opens no file of %s', async (bucket, about) => {
		for (const command of bucketCommands) {
			const actual = await askBucket(context(), { bucket, about, command, asked: halves });
			expect([command, opened({ expected: about[command], actual })]).toEqual([command, []]);
		}
	});

	it.each(Object.entries(topics))('does not hear %s', async (_name, about) => {
		const { world } = context();
		const socket = await openSocket(world, 'opr');
		for (const [place, line] of Object.entries(about.listen)) {
			if (line.pas === '+') continue;
			for (const half of halves) {
				const reply = await socket.join(about.topic(world, place), world.api.token(half));
				expect([half, place, reply]).not.toEqual([half, place, 'ok']);
			}
		}
		socket.close();
	});
});

describe('an organisation that asks for a second factor, and members without one', () => {
	const ask = (required: boolean) => {
		const { sql, a } = context().world;
		return sql`
			with asked as (
				update public.organizations set requires_second_factor = ${required} where id = ${a.organization}
				returning id
			)
			select app.mark_missing_factors(id) from asked`;
	};
	beforeAll(() => ask(true));
	afterAll(() => ask(false));

	it.each(Object.keys(functions).filter((name) => !ownAffairs.includes(name)))(
		'gets nothing from %s',
		async (name) => {
			if (!isOpen(functions[name]?.cells ?? {})) return;
			expect(opened(await checkFunction(context(), name, halves))).toEqual([]);
		}
	);

	// Profiles: those of colleagues in other organisations stay readable, and these people have some.
	it.each(Object.keys(tables).filter((name) => name !== 'profiles'))(
		'does not read %s',
		async (name) => {
			expect(opened(await checkSelect(context(), name, halves))).toEqual([]);
		}
	);

	it.each(Object.entries(topics))('does not hear %s', async (_name, about) => {
		const { world } = context();
		const socket = await openSocket(world, 'opr');
		for (const [place, line] of Object.entries(about.listen)) {
			if (line.pas === '+' || place === 'own' || place === 'opr') continue;
			for (const half of halves) {
				const reply = await socket.join(about.topic(world, place), world.api.token(half));
				expect([half, place, reply]).not.toEqual([half, place, 'ok']);
			}
		}
		socket.close();
	});
});

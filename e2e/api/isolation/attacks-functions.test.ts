import { uuidv7 } from '@chatiq/contracts/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from './actors.ts';
import { lookOn, sides } from './attackers.ts';
import { functions } from './matrix.ts';
import { setUp } from './set-up.ts';
import { spareSite } from './spares.ts';

const context = setUp();
const { ask, expectNothingChanged, lookAgain } = lookOn(context);

interface Attack {
	actor: Actor;
	args: Record<string, unknown>;
}

const attacks = new Map<string, Attack[]>();

beforeAll(async () => {
	const { world } = context();
	await Promise.all(
		Object.entries(functions).map(async ([name, about]) => {
			const prepared = sides.flatMap(({ attackers, theirs }) => {
				const place = theirs(Object.keys(about.cells));
				if (about.cells[place] === undefined) return [];
				return attackers.map(async (actor) => ({
					actor,
					args: await about.call(world, place, actor)
				}));
			});
			attacks.set(name, await Promise.all(prepared));
		})
	);
	await lookAgain();
});

describe.each(Object.keys(functions))('%s', (name) => {
	it('takes no argument that it does not have, and shows nothing foreign by filters or embeds', async () => {
		const { world } = context();
		const extra = { organization_id: world.b.organization, role: 'owner', author_kind: 'bot' };
		await Promise.all(
			(attacks.get(name) ?? []).map(async ({ actor, args }) => {
				for (const [argument, value] of Object.entries(extra)) {
					if (argument in args) continue;
					const answer = await ask(actor, `rpc/${name}`, { body: { ...args, [argument]: value } });
					expect(answer.status).toBeGreaterThanOrEqual(400);
				}
				await ask(actor, `rpc/${name}?select=*,conversations(*,visitors(*))`, { body: args });
				await ask(actor, `rpc/${name}?or=(visibility.eq.team,visibility.eq.public)`, {
					body: args
				});
			})
		);
		await expectNothingChanged();
	});
});

describe('sending', () => {
	it('refuses a message id of another tenant, or of a note, without showing it', async () => {
		const { world } = context();
		const { ver, unv, oth, foreign } = world.threads;
		for (const message_id of [foreign.messages[0], oth.messages[0], ver.messages[2]]) {
			const send = (actor: Actor, name: string, conversation_id: string, more = {}) =>
				ask(actor, `rpc/${name}`, { body: { conversation_id, message_id, body: 'Mine', ...more } });
			const answers = await Promise.all([
				send('ver', 'send_visitor_message', ver.id),
				send('opr', 'send_operator_message', unv.id, { seen_seq: 1_000 }),
				send('ver', 'start_conversation', uuidv7())
			]);
			expect(answers.map(({ message }) => message)).toEqual(answers.map(() => 'id_conflict'));
		}
	});

	it('takes no file of another conversation, another uploader, or a note', async () => {
		const { ver, oth, foreign, second } = context().world.threads;
		const files = [oth.files.unsent, foreign.files.unsent, second.files.unsent, ver.files.note];
		for (const file of [...files, ver.files.sent]) {
			const body = { conversation_id: ver.id, body: 'Mine', attachment_ids: [file] };
			const answers = await Promise.all([
				ask('ver', 'rpc/send_visitor_message', { body: { ...body, message_id: uuidv7() } }),
				ask('opr', 'rpc/send_operator_message', {
					body: { ...body, message_id: uuidv7(), seen_seq: 1_000 }
				})
			]);
			expect(answers.map(({ message }) => message)).toEqual([
				'attachment_not_ready',
				'attachment_not_ready'
			]);
		}
	});
});

describe('an argument of JSON', () => {
	it('says nothing about who a visitor is', async () => {
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

	it('writes no hours of another site or organisation', async () => {
		const { world } = context();
		const foreign = { site_id: world.b.site.id, organization_id: world.b.organization };
		const site_id = spareSite(world, 'first').id;
		const hours = [{ opens: '01:00', closes: '02:00', ...foreign }];
		await lookAgain();
		const answers = await Promise.all([
			ask('own', 'rpc/set_business_hours', {
				body: { site_id, hours: hours.map((entry) => ({ ...entry, weekday: 3 })) }
			}),
			ask('own', 'rpc/set_special_day', { body: { site_id, day: '2033-01-01', hours } })
		]);
		expect(answers.map(({ status, text }) => status < 300 && text.includes(site_id))).toEqual([
			true,
			true
		]);
		const [written] = await world.sql<{ sites: string[] }[]>`
			select array_agg(distinct site_id) as sites from (
				select site_id from public.business_hours where opens = '01:00'
				union all select site_id from public.business_hours_exceptions where opens = '01:00'
			) as hours`;
		expect(written?.sites).toEqual([site_id]);
	});
});

describe('the inbox', () => {
	it('shows nothing foreign, whichever of its indexes is asked', async () => {
		const { sql, people, threads } = context().world;
		const { foreign } = threads;
		const [was] = await sql`
			select assignee_id, waiting_since from public.conversations where id = ${foreign.id}`;
		const change = (values: object) =>
			sql`update public.conversations set ${sql(values)} where id = ${foreign.id}`;
		try {
			for (const [state, body] of [
				[{ assignee_id: people.str.id }, { assignee_id: people.str.id }],
				[{ waiting_since: new Date() }, { longest_waiting: true }],
				[{ assignee_id: null }, { unassigned: true }],
				[{}, { unassigned: true, longest_waiting: true }]
			] as const) {
				if (Object.keys(state).length > 0) await change(state);
				for (const actor of ['str', 'own', 'opr', 'una', 'rem'] as const) {
					const { text } = await ask(actor, 'rpc/list_inbox', { body: { ...body, max_rows: 200 } });
					expect([actor, body, text.includes(foreign.id)]).toEqual([actor, body, actor === 'str']);
				}
			}
		} finally {
			await change(was ?? {});
		}
	});
});

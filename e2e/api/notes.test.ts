import type { Enums } from '@chatiq/contracts/database';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { Message } from '@chatiq/contracts/message';
import { topics } from '@chatiq/contracts/topics';
import { REALTIME_SUBSCRIBE_STATES } from '@supabase/supabase-js';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let operator: Person;
let colleague: Person;
/** Of the same organisation, but not on the site. */
let outsider: Person;
let visitor: Visitor;
let conversation_id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Notes');
	operator = await tenant.addMember('operator');
	colleague = await tenant.addMember('operator');
	outsider = await tenant.addMember('operator', false);
});
beforeEach(async () => {
	visitor = await tenant.addVisitor();
	conversation_id = uuidv7();
	await visitor.client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: 'A question' })
		.throwOnError();
});
afterAll(() => sql.end());

interface Written {
	visibility?: Enums<'message_visibility'>;
	mention_ids?: string[];
	seen_seq?: number;
	message_id?: string;
}

const write = (body: string, written: Written = {}) =>
	operator.client.rpc('send_operator_message', {
		...{ conversation_id, message_id: uuidv7(), body, seen_seq: 1, visibility: 'team' },
		...written
	});

async function mentionsOf(person: Person): Promise<{ payload: unknown }[]> {
	const { data } = await person.client
		.from('notifications')
		.select('payload')
		.eq('kind', 'mention')
		.eq('conversation_id', conversation_id)
		.throwOnError();
	return data;
}

describe('a note that names somebody', () => {
	it('notifies them once, with the place and without the text', async () => {
		const message_id = uuidv7();
		const note = { message_id, mention_ids: [colleague.id] };
		await write('@colleague is it in stock?', note).throwOnError();
		await write('@colleague is it in stock?', note).throwOnError();
		expect(await mentionsOf(colleague)).toEqual([
			{ payload: { message_id, seq: 2, author_id: operator.id, author_name: operator.name } }
		]);
		const { data } = await operator.client
			.from('message_mentions')
			.select('user_id')
			.eq('message_id', message_id)
			.throwOnError();
		expect(data).toEqual([{ user_id: colleague.id }]);
	});

	it('reaches nobody who does not work on the site, nor its author', async () => {
		const mention_ids = [outsider.id, operator.id, uuidv7()];
		await write('All of you', { mention_ids }).throwOnError();
		expect(await mentionsOf(outsider)).toEqual([]);
		expect(await mentionsOf(operator)).toEqual([]);
		const { data } = await operator.client
			.rpc('list_site_team', { site_id: tenant.site.id })
			.throwOnError();
		expect(data).toEqual([operator.id, colleague.id].sort());
	});

	it('is never an answer to the visitor', async () => {
		const mention_ids = [colleague.id];
		const { error } = await write('Hello', { mention_ids, visibility: 'public' });
		expect(error?.message).toBe('invalid_input');
	});
});

describe('a note', () => {
	it('does not wait for what was missed: it answers nobody', async () => {
		const { error: stale } = await write('An answer', { seen_seq: 0, visibility: 'public' });
		expect(stale?.message).toBe('stale_reply');
		const { data } = await write('A note', { seen_seq: 0 }).throwOnError();
		expect(data.seq).toBe(2);
	});

	it('is heard by the team and never by the visitor, over the socket and by fetching', async () => {
		const heard: Message[] = [];
		await visitor.client.realtime.setAuth();
		const channel = visitor.client.channel(topics.conversation(conversation_id), {
			config: { private: true }
		});
		const hear = ({ payload }: { payload: unknown }) => void heard.push(payload as Message);
		for (const event of ['message_created', 'message_updated', 'reaction_changed']) {
			channel.on('broadcast', { event }, hear);
		}
		await new Promise<void>((resolve, reject) => {
			channel.subscribe((status, error) => {
				if (status === REALTIME_SUBSCRIBE_STATES.SUBSCRIBED) resolve();
				else if (error) reject(error);
			});
		});

		const { data: note } = await write('Nobody outside', {
			mention_ids: [colleague.id]
		}).throwOnError();
		await operator.client.rpc('edit_message', { message_id: note.id, body: 'Really nobody' });
		await operator.client.rpc('react_to_message', { message_id: note.id, emoji: '👀' });
		await operator.client.rpc('redact_message', { message_id: note.id });
		// What is sent after it comes after it: once this is there, the note would have been.
		const { data: reply } = await write('A reply', { visibility: 'public' }).throwOnError();
		await expect.poll(() => heard.some(({ id }) => id === reply.id)).toBe(true);
		expect(heard.map(({ id }) => id)).toEqual([reply.id]);

		const { data: fetched } = await visitor.client
			.rpc('messages_after', { conversation_id, after_seq: 0 })
			.throwOnError();
		expect(fetched.map(({ seq }) => seq)).toEqual([1, 3]);
		await visitor.client.removeChannel(channel);
	});
});

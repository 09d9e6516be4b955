import { uuidv7 } from '@chatiq/contracts/ids';
import type { Key, TableCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { emoji, type Thread } from '../thread.ts';
import type { World } from '../world.ts';

/** One row per thread, and one that does not exist. */
const perThread =
	(key: (thread: Thread) => Key) =>
	(world: World): Record<string, Key> =>
		Object.fromEntries(
			['ver', 'unv', 'oth', 'blk', 'second', 'foreign', 'guessed'].map((place) => [
				place,
				key(world.thread(place))
			])
		);

/** Operators of the site read, visitors nothing. */
const readByOperators = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	ver       +   +   +   -   x   x   x   x   x   -   -   +
	unv       +   +   +   -   x   x   x   x   x   -   -   +
	oth       +   +   +   -   x   x   x   x   x   -   -   +
	blk       +   +   +   -   x   x   x   x   x   -   -   +
	second    +   +   -   -   x   x   x   x   x   -   -   +
	foreign   -   -   -   -   x   x   x   x   x   +   -   +
	guessed   -   -   -   -   x   x   x   x   x   -   -   -`;

/** Operators of the site and the visitor of the thread read. */
const readByParticipants = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	ver       +   +   +   -   +   -   -   -   -   -   -   +
	unv       +   +   +   -   -   +   -   -   -   -   -   +
	oth       +   +   +   -   -   -   +   -   -   -   -   +
	blk       +   +   +   -   -   -   -   -   -   -   -   +
	second    +   +   -   -   -   -   -   -   -   -   -   +
	foreign   -   -   -   -   -   -   -   -   -   +   -   +
	guessed   -   -   -   -   -   -   -   -   -   -   -   -`;

export const conversationTables: Record<string, TableCells> = {
	visitors: {
		rows: perThread(({ visitor }) => ({ id: visitor })),
		select: readByOperators,
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	conversations: {
		rows: perThread(({ id }) => ({ id })),
		select: readByParticipants,
		// Not the status: that a conversation is snoozed is the team's business.
		visitorColumns:
			'id created_at last_seq last_change_seq visitor_read_seq team_read_seq visitor_id site_id',
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	messages: {
		rows: (world) => ({
			...perThread(({ messages }) => ({ id: messages[0] }))(world),
			reply: { id: world.threads.ver.messages[1] },
			note: { id: world.threads.ver.messages[2] },
			foreign_note: { id: world.threads.foreign.messages[2] }
		}),
		select: grid`
			              own adm opr una ver unv oth blk pas str rem svc
			ver           +   +   +   -   +   -   -   -   -   -   -   +
			reply         +   +   +   -   +   -   -   -   -   -   -   +
			note          +   +   +   -   -   -   -   -   -   -   -   +
			unv           +   +   +   -   -   +   -   -   -   -   -   +
			oth           +   +   +   -   -   -   +   -   -   -   -   +
			blk           +   +   +   -   -   -   -   -   -   -   -   +
			second        +   +   -   -   -   -   -   -   -   -   -   +
			foreign       -   -   -   -   -   -   -   -   -   +   -   +
			foreign_note  -   -   -   -   -   -   -   -   -   +   -   +
			guessed       -   -   -   -   -   -   -   -   -   -   -   -`,
		visitorColumns:
			'id organization_id site_id conversation_id seq author_kind author_id author_name visibility body created_at edited_at redacted_at reply_to_seq attachments reactions change_seq quick_replies',
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	message_reactions: {
		rows: perThread(({ messages, operator }) => ({
			message_id: messages[0],
			reactor_id: operator,
			emoji
		})),
		select: readByOperators,
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	message_mentions: {
		rows: async (world) => {
			const keys = perThread(({ messages, operator }) => ({
				message_id: messages[2],
				user_id: operator
			}))(world);
			for (const place of ['ver', 'unv', 'oth', 'blk', 'second', 'foreign']) {
				const { messages, operator, organization, site } = world.thread(place);
				await world.sql`
					insert into public.message_mentions (message_id, user_id, organization_id, site_id)
					values (${messages[2]}, ${operator}, ${organization}, ${site}) on conflict do nothing`;
			}
			return keys;
		},
		select: readByOperators,
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	conversation_followers: {
		rows: async (world) => {
			for (const place of ['ver', 'unv', 'oth', 'blk', 'second', 'foreign']) {
				const { id, operator, organization, site } = world.thread(place);
				await world.sql`
					insert into public.conversation_followers (conversation_id, user_id, organization_id, site_id)
					values (${id}, ${operator}, ${organization}, ${site}) on conflict do nothing`;
			}
			return perThread(({ id, operator }) => ({ conversation_id: id, user_id: operator }))(world);
		},
		select: readByOperators,
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	conversation_events: {
		rows: async (world) => {
			const keys: Record<string, Key> = { guessed: { id: '2147483647' } };
			for (const place of ['ver', 'unv', 'oth', 'blk', 'second', 'foreign']) {
				const { id, organization, site } = world.thread(place);
				const [event] = await world.sql<{ id: string }[]>`
					insert into public.conversation_events (conversation_id, organization_id, site_id, after_seq, kind)
					values (${id}, ${organization}, ${site}, 1, 'unassigned') returning id`;
				keys[place] = { id: event?.id ?? '' };
			}
			return keys;
		},
		select: readByOperators,
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	overdue_replies: {
		rows: async (world) => {
			const keys: Record<string, Key> = { guessed: { id: uuidv7() } };
			for (const place of ['ver', 'unv', 'oth', 'blk', 'second', 'foreign']) {
				const { id, organization, site } = world.thread(place);
				const [late] = await world.sql<{ id: string }[]>`
					insert into public.overdue_replies (conversation_id, due_at, organization_id, site_id, first, waiting_since)
					values (${id}, now(), ${organization}, ${site}, true, now()) returning id`;
				keys[place] = { id: late?.id ?? '' };
			}
			return keys;
		},
		select: readByOperators,
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	conversation_reads: {
		rows: perThread(({ id, operator }) => ({ conversation_id: id, reader_id: operator })),
		select: readByOperators,
		insert: 'never',
		update: 'never',
		delete: 'never'
	}
};

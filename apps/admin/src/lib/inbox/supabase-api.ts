import type { InboxChanges, InboxConversation, InboxPage } from '@chatiq/contracts/conversation';
import type { Typing } from '@chatiq/contracts/message';
import { topics } from '@chatiq/contracts/topics';
import type { Backend } from '#lib/session/backend.ts';
import { pageSize, type InboxApi } from './api.ts';
import { failureOf } from './failure.ts';
import type { Live } from './live.ts';

interface Answer {
	data: unknown;
	error: { message: string; details: string | null } | null;
	status: number;
}

interface Options {
	/** Asked late: nothing is connected while the server draws. */
	rest: () => Backend['rest'];
	live: Live;
	/** Who writes, as the typing event names them. */
	me: { id: string; name: string };
	/** Tries to renew the session after a 401; false when the operator has to sign in. */
	renewSession: () => Promise<boolean>;
}

const timeoutMs = 15_000;
const ratingColumns = 'conversation_id, operator_id, score, comment, created_at, updated_at';

/** The inbox's API over the Data API and Realtime. */
export function supabaseApi({ rest, live, me, renewSession }: Options): InboxApi {
	/** `T` is what docs/api.md promises: the Data API is our own database, not a stranger. */
	async function call<T>(request: () => PromiseLike<Answer>): Promise<T> {
		let answer = await request();
		if (answer.status === 401 && (await renewSession())) answer = await request();
		if (answer.error) throw failureOf({ status: answer.status, error: answer.error });
		return answer.data as T;
	}
	const soon = () => AbortSignal.timeout(timeoutMs);

	return {
		listInbox: ({ status, site_id }, before) => {
			const after = before ? { before: before.last_message_at, before_id: before.id } : {};
			const site = site_id === null ? {} : { site_id };
			const page = { status, max_rows: pageSize.inbox, ...site, ...after };
			return call<InboxPage>(() => rest().rpc('list_inbox', page).abortSignal(soon()));
		},
		changesSince: (cursor) =>
			call<InboxChanges>(() => rest().rpc('inbox_changes_since', { cursor }).abortSignal(soon())),
		conversation: (conversation_id) =>
			call(() => rest().rpc('get_inbox_conversation', { conversation_id }).abortSignal(soon())),
		visitor: (id) => call(() => rest().from('visitors').select().eq('id', id).maybeSingle()),
		rating: (id) =>
			call(() =>
				rest().from('ratings').select(ratingColumns).eq('conversation_id', id).maybeSingle()
			),
		messagesAfter: (conversation_id, after_seq) =>
			call(() =>
				rest()
					.rpc('messages_after', { conversation_id, after_seq, max_rows: pageSize.after })
					.abortSignal(soon())
			),
		messagesBefore: (conversation_id, before_seq) =>
			call(() =>
				rest()
					.rpc('messages_before', { conversation_id, before_seq, max_rows: pageSize.before })
					.abortSignal(soon())
			),
		messageChangesAfter: (conversation_id, after_change_seq) =>
			call(() =>
				rest()
					.rpc('message_changes_after', {
						conversation_id,
						after_change_seq,
						max_rows: pageSize.after
					})
					.abortSignal(soon())
			),
		send: (outgoing) =>
			call(() =>
				rest()
					.rpc('send_operator_message', { ...outgoing })
					.abortSignal(soon())
			),
		markRead: (conversation_id, seq) =>
			call(() => rest().rpc('mark_read', { conversation_id, seq }).abortSignal(soon())),
		setStatus: (conversation_id, status) =>
			call<InboxConversation>(() =>
				rest().rpc('set_conversation_status', { conversation_id, status }).abortSignal(soon())
			),
		joinInbox: (siteId, { joined, ...on }) => live.join(topics.inbox(siteId), { on, joined }).leave,
		joinConversation: (id, listener) => {
			const { message_created, message_updated, reaction_changed } = listener;
			const { read_advanced, conversation_updated, rating_changed, visitor_changed } = listener;
			const changes = { message_created, message_updated, reaction_changed };
			const links = [
				live.join(topics.conversation(id), {
					on: { ...changes, read_advanced, conversation_updated },
					joined: listener.joined
				}),
				live.join(topics.team(id), {
					on: { ...changes, rating_changed, visitor_changed },
					joined: listener.joined
				})
			];
			const typing = live.join(topics.typing(id), { on: { typing: listener.typing } });
			const mine: Typing = { author_kind: 'operator', author_id: me.id, name: me.name };
			return {
				sendTyping: () => typing.broadcast('typing', mine),
				leave: () => {
					for (const link of [...links, typing]) link.leave();
				}
			};
		}
	};
}

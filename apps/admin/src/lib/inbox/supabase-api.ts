import type {
	ConversationEvent,
	InboxChanges,
	InboxConversation,
	InboxCounts,
	InboxPage,
	MyInboxConversation
} from '@chatiq/contracts/conversation';
import type { Typing } from '@chatiq/contracts/message';
import type { SearchPage } from '@chatiq/contracts/search';
import { topics } from '@chatiq/contracts/topics';
import type { Backend } from '#lib/session/backend.ts';
import { afterFrame } from './after-frame.ts';
import { soon, type Call } from './call.ts';
import { pageSize, type InboxApi } from './api.ts';
import type { Change } from './changes.ts';
import { listArguments } from './list/filter.ts';
import type { Live } from './live.ts';

interface Options {
	/** Asked late: nothing is connected while the server draws. */
	rest: () => Backend['rest'];
	live: Live;
	/** Who writes, as the typing event names them. */
	me: { id: string; name: string };
	/** The one that lists and searches are about. */
	organization: string;
	/** A link has led to a conversation of another organisation. */
	elsewhere: (row: MyInboxConversation) => void;
	call: Call;
}

const ratingColumns = 'conversation_id, operator_id, score, comment, created_at, updated_at';

/** The inbox's API over the Data API and Realtime. */
export function supabaseApi({ rest, live, me, organization, elsewhere, call }: Options): InboxApi {
	const here = { organization_id: organization };
	return {
		listInbox: (filter, last) => {
			const page = { ...listArguments(filter, me.id, last), ...here, max_rows: pageSize.inbox };
			return call<InboxPage>(() => rest().rpc('list_inbox', page).abortSignal(soon()));
		},
		countInbox: (site_id) =>
			call<InboxCounts | null>(() =>
				rest()
					.rpc('count_inbox', site_id === null ? here : { site_id })
					.abortSignal(soon())
			),
		search: (question, site_id, last) => {
			const after = last ? { before: last.happened_at, before_id: last.id } : {};
			const where = site_id === null ? here : { site_id };
			return call<SearchPage>(() =>
				rest()
					.rpc('search_inbox', { question, max_rows: pageSize.found, ...where, ...after })
					.abortSignal(soon())
			);
		},
		changesSince: (cursor) =>
			call<InboxChanges>(() => rest().rpc('inbox_changes_since', { cursor }).abortSignal(soon())),
		conversation: async (conversation_id) => {
			const row = await call<MyInboxConversation | null>(() =>
				rest().rpc('get_inbox_conversation', { conversation_id }).abortSignal(soon())
			);
			if (row && row.organization_id !== organization) elsewhere(row);
			return row;
		},
		visitor: (id) => call(() => rest().from('visitors').select().eq('id', id).maybeSingle()),
		rating: (id) =>
			call(() =>
				rest().from('ratings').select(ratingColumns).eq('conversation_id', id).maybeSingle()
			),
		events: async (id) => {
			const newest = await call<ConversationEvent[]>(() =>
				rest()
					.from('conversation_events')
					.select()
					.eq('conversation_id', id)
					.order('id', { ascending: false })
					.limit(pageSize.events)
					.abortSignal(soon())
			);
			return newest.reverse();
		},
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
		react: (message_id, emoji, on_message) =>
			call(() =>
				rest().rpc('react_to_message', { message_id, emoji, on_message }).abortSignal(soon())
			),
		rewrite: (message_id, body) =>
			call(() => rest().rpc('edit_message', { message_id, body }).abortSignal(soon())),
		redact: (message_id) =>
			call(() => rest().rpc('redact_message', { message_id }).abortSignal(soon())),
		markRead: (conversation_id, seq) =>
			call(() => rest().rpc('mark_read', { conversation_id, seq }).abortSignal(soon())),
		change: (conversation_id, change) =>
			call<InboxConversation>(() => carryOut(rest(), conversation_id, change).abortSignal(soon())),
		joinInbox: (siteId, { joined, ...on }) => {
			const later =
				<Payload>(receive: (payload: Payload) => void) =>
				(payload: Payload) =>
					afterFrame(() => receive(payload));
			const patient = {
				conversation_changed: later(on.conversation_changed),
				conversation_removed: later(on.conversation_removed),
				read_advanced: later(on.read_advanced)
			};
			return live.join(topics.inbox(siteId), { on: patient, joined }).leave;
		},
		joinConversation: (id, listener) => {
			const { message_created, message_updated, reaction_changed } = listener;
			const { read_advanced, conversation_updated } = listener;
			const { rating_changed, visitor_changed, pages_changed, event_recorded } = listener;
			const changes = { message_created, message_updated, reaction_changed };
			const links = [
				live.join(topics.conversation(id), {
					on: { ...changes, read_advanced, conversation_updated },
					joined: listener.joined
				}),
				live.join(topics.team(id), {
					on: { ...changes, rating_changed, visitor_changed, pages_changed, event_recorded },
					joined: listener.joined,
					presence: { key: me.id, changed: listener.viewers }
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

function carryOut(rest: Backend['rest'], conversation_id: string, change: Change) {
	switch (change.kind) {
		case 'status': {
			const { status, reason } = change;
			return rest.rpc('set_conversation_status', {
				...{ conversation_id, status },
				...(reason && { reason })
			});
		}
		case 'snooze':
			return rest.rpc('snooze_conversation', { conversation_id, until: change.until });
		case 'assignee': {
			const { assignee_id } = change;
			return rest.rpc('assign_conversation', {
				conversation_id,
				...(assignee_id !== null && { assignee_id })
			});
		}
		case 'priority':
			return rest.rpc('set_conversation_priority', { conversation_id, priority: change.priority });
		case 'follow':
			return rest.rpc('follow_conversation', { conversation_id, following: change.on });
		case 'transfer': {
			const { site_id, assignee_id } = change;
			return rest.rpc('transfer_conversation', {
				...{ conversation_id, site_id },
				...(assignee_id !== undefined && { assignee_id })
			});
		}
		case 'label': {
			const name = change.on ? 'label_conversation' : 'unlabel_conversation';
			return rest.rpc(name, { conversation_id, label_id: change.label_id });
		}
	}
}

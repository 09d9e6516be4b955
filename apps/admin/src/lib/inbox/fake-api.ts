import type {
	ConversationEvent,
	InboxConversation,
	MyInboxConversation,
	ReadAdvanced
} from '@chatiq/contracts/conversation';
import { AppError } from '@chatiq/contracts/errors';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { Message } from '@chatiq/contracts/message';
import type { InboxEvents, Rating } from '@chatiq/contracts/realtime';
import { pageSize, type ConversationListener, type InboxApi, type Listener } from './api.ts';
import type { Change } from './changes.ts';
import { Unreachable } from './failure.ts';
import { inList, orderOf, type InboxView } from './list/filter.ts';

export const me = '00000000-0000-7000-8000-0000000000aa';
export const colleague = '00000000-0000-7000-8000-0000000000bb';
const site = '00000000-0000-7000-8000-0000000000cc';
export const organization = site;

let clock = Date.parse('2026-11-21T10:00:00Z');
const tick = () => new Date((clock += 1000)).toISOString().replace('Z', '+00:00');

/** A backend in memory with the server's rules, for tests of the state classes: rows, messages, events, outages. */
export class FakeBackend implements InboxApi {
	reachable = true;
	/** The next sends are stored, but their answers are lost. */
	loseAnswers = 0;
	cursorKnown = true;
	removed: string[] = [];
	given: Rating | null = null;
	done: ConversationEvent[] = [];
	refusal: AppError | null = null;
	readonly calls: string[] = [];
	readonly rows = new Map<string, MyInboxConversation>();
	readonly messages = new Map<string, Message[]>();
	#changes: string[] = [];
	#inbox: Listener<InboxEvents> | null = null;
	readonly #open = new Map<string, ConversationListener>();

	/** A message of somebody else, or of me in another tab; `silent` loses its events. */
	write(
		conversationId: string,
		body: string,
		{ by = 'visitor', silent = false, id = uuidv7() } = {}
	): Message {
		const visitor = by === 'visitor';
		const list = this.messages.get(conversationId) ?? [];
		const known = list.find((message) => message.id === id);
		if (known) return known;
		const message: Message = {
			id,
			organization_id: site,
			site_id: site,
			conversation_id: conversationId,
			seq: list.length + 1,
			author_kind: visitor ? 'visitor' : 'operator',
			author_id: visitor ? `visitor-of-${conversationId}` : by,
			author_name: null,
			visibility: 'public',
			body,
			created_at: tick(),
			edited_at: null,
			redacted_at: null,
			reply_to_seq: null,
			attachments: [],
			reactions: {},
			quick_replies: [],
			change_seq: 0
		};
		this.messages.set(conversationId, [...list, message]);
		this.#touch(message, visitor, silent);
		if (!silent) this.#open.get(conversationId)?.message_created(message);
		return message;
	}

	/** Changes the text of a message; `silent` loses the event. */
	edit(conversationId: string, seq: number, body: string, { silent = false } = {}): Message {
		const list = this.messages.get(conversationId) ?? [];
		const change_seq = 1 + Math.max(0, ...list.map((message) => message.change_seq));
		const edited = { ...there(list[seq - 1]), body, edited_at: tick(), change_seq };
		this.messages.set(conversationId, list.with(seq - 1, edited));
		const row = there(this.rows.get(conversationId));
		this.#store({ ...row, last_change_seq: change_seq, updated_at: tick() });
		if (!silent) this.#open.get(conversationId)?.message_updated(edited);
		return edited;
	}

	/** Events sent while the connection was down are gone; a rejoin is all the client gets to know. */
	rejoin(): void {
		this.#inbox?.joined();
		for (const listener of this.#open.values()) listener.joined();
	}

	tell<Name extends keyof InboxEvents>(event: Name, payload: InboxEvents[Name]): void {
		this.#inbox?.[event](payload as InboxConversation & ReadAdvanced);
	}

	conversationListener(id: string): ConversationListener {
		const listener = this.#open.get(id);
		if (!listener) throw new Error(`nobody listens to ${id}`);
		return listener;
	}

	listInbox: InboxApi['listInbox'] = async (filter, before) => {
		await this.#answer('list_inbox');
		const order = orderOf(filter.view);
		const all = [...this.rows.values()].filter((row) => inList(row, filter, me)).sort(order);
		const rest = before ? all.filter((row) => order(row, before) > 0) : all;
		return {
			conversations: rest.slice(0, pageSize.inbox),
			cursor: String(this.#changes.length),
			has_more: rest.length > pageSize.inbox
		};
	};

	countInbox: InboxApi['countInbox'] = async (site_id) => {
		await this.#answer('count_inbox');
		const count = (view: InboxView) =>
			[...this.rows.values()].filter((row) => inList(row, { view, site_id, label_id: null }, me))
				.length;
		const [open, mine, unassigned] = [count('open'), count('mine'), count('unassigned')];
		const [waiting, snoozed, followed] = [count('waiting'), count('snoozed'), count('followed')];
		return { open, mine, unassigned, waiting, snoozed, followed };
	};

	search: InboxApi['search'] = async () => {
		await this.#answer('search_inbox');
		return { results: [], has_more: false };
	};

	changesSince: InboxApi['changesSince'] = async (cursor) => {
		await this.#answer('inbox_changes_since');
		const ids = new Set(this.#changes.slice(Number(cursor)));
		return {
			conversations: [...this.rows.values()].filter((row) => ids.has(row.id)),
			removed: this.removed,
			cursor: String(this.#changes.length),
			reset: !this.cursorKnown
		};
	};

	conversation: InboxApi['conversation'] = async (id) => {
		await this.#answer('conversation');
		return this.rows.get(id) ?? null;
	};

	visitor: InboxApi['visitor'] = async () => {
		await this.#answer('visitor');
		return null;
	};

	rating: InboxApi['rating'] = async () => {
		await this.#answer('rating');
		return this.given;
	};

	events: InboxApi['events'] = async (id) => {
		await this.#answer('events');
		return this.done.filter((event) => event.conversation_id === id);
	};

	messagesAfter: InboxApi['messagesAfter'] = async (id, seq) => {
		await this.#answer('messages_after');
		const after = (this.messages.get(id) ?? []).filter((message) => message.seq > seq);
		return after.slice(0, pageSize.after);
	};

	messagesBefore: InboxApi['messagesBefore'] = async (id, seq) => {
		await this.#answer('messages_before');
		const before = (this.messages.get(id) ?? []).filter((message) => message.seq < seq);
		return before.slice(-pageSize.before);
	};

	messageChangesAfter: InboxApi['messageChangesAfter'] = async (id, after) => {
		await this.#answer('message_changes_after');
		return (this.messages.get(id) ?? [])
			.filter((message) => message.change_seq > after)
			.sort((a, b) => a.change_seq - b.change_seq)
			.slice(0, pageSize.after);
	};

	send: InboxApi['send'] = async ({ message_id, conversation_id, body, seen_seq }) => {
		await this.#answer('send');
		if (this.refusal) throw this.refusal;
		const list = this.messages.get(conversation_id) ?? [];
		const stored = list.find((message) => message.id === message_id);
		const stale = list.some((message) => message.seq > seen_seq && message.author_id !== me);
		if (!stored && stale) throw new AppError('stale_reply');
		const message = stored ?? this.write(conversation_id, body, { by: me, id: message_id });
		if (this.loseAnswers-- > 0) throw new Unreachable('answer lost');
		return message;
	};

	react: InboxApi['react'] = async (id, emoji, onMessage) => {
		await this.#answer(`react ${emoji} ${onMessage}`);
		return this.#changed(id, ({ reactions }) => {
			const others = (reactions[emoji] ?? []).filter((reactor) => reactor !== me);
			return { reactions: { ...reactions, [emoji]: onMessage ? [...others, me] : others } };
		});
	};

	rewrite: InboxApi['rewrite'] = async (id, body) => {
		await this.#answer('edit');
		return this.#changed(id, () => ({ body, edited_at: tick() }));
	};

	redact: InboxApi['redact'] = async (id) => {
		await this.#answer('redact');
		return this.#changed(id, () => ({ body: '', reactions: {}, redacted_at: tick() }));
	};

	markRead: InboxApi['markRead'] = async (id, seq) => {
		await this.#answer(`mark_read ${seq}`);
		const row = this.rows.get(id);
		if (row) {
			const read_visitor_count = row.visitor_message_count;
			this.rows.set(id, {
				...row,
				my_last_read_seq: seq,
				my_read_visitor_count: read_visitor_count
			});
		}
		return seq;
	};

	change: InboxApi['change'] = async (id, change) => {
		await this.#answer(`change ${change.kind}`);
		const row = this.rows.get(id);
		if (!row) throw new AppError('conversation_not_found');
		const changed = { ...row, ...changedBy(change, row), updated_at: tick() };
		this.#store(changed);
		return changed;
	};

	joinInbox: InboxApi['joinInbox'] = (_siteId, listener) => {
		this.#inbox = listener;
		return () => (this.#inbox = null);
	};

	joinConversation: InboxApi['joinConversation'] = (id, listener) => {
		this.#open.set(id, listener);
		return {
			sendTyping: () => this.calls.push('typing'),
			leave: () => this.#open.delete(id)
		};
	};

	#changed(id: string, change: (message: Message) => Partial<Message>): Message {
		const list = there([...this.messages.values()].find((all) => all.some((one) => one.id === id)));
		const change_seq = 1 + Math.max(0, ...list.map((message) => message.change_seq));
		const at = list.findIndex((message) => message.id === id);
		const message = there(list[at]);
		const changed = { ...message, ...change(message), change_seq };
		this.messages.set(message.conversation_id, list.with(at, changed));
		return changed;
	}

	#touch(message: Message, visitor: boolean, silent: boolean): void {
		const row = this.rows.get(message.conversation_id) ?? emptyRow(message);
		const changed: MyInboxConversation = {
			...row,
			last_seq: message.seq,
			last_message_at: message.created_at,
			last_message_preview: message.body,
			last_author_kind: message.author_kind,
			waiting_since: visitor ? (row.waiting_since ?? message.created_at) : null,
			visitor_message_count: row.visitor_message_count + (visitor ? 1 : 0),
			updated_at: message.created_at
		};
		this.#store(changed);
		if (!silent) this.tell('conversation_changed', changed);
	}

	#store(row: MyInboxConversation): void {
		this.rows.set(row.id, row);
		this.#changes.push(row.id);
	}

	async #answer(call: string): Promise<void> {
		this.calls.push(call);
		await Promise.resolve();
		if (!this.reachable) throw new Unreachable('no network');
	}
}

function changedBy(change: Change, row: MyInboxConversation): Partial<MyInboxConversation> {
	switch (change.kind) {
		case 'status':
			return { status: change.status, snoozed_until: null };
		case 'snooze':
			return { status: 'snoozed', snoozed_until: change.until };
		case 'label': {
			const others = row.label_ids.filter((id) => id !== change.label_id);
			return { label_ids: change.on ? [...others, change.label_id] : others };
		}
		case 'assignee':
			return { assignee_id: change.assignee_id };
		case 'priority':
			return { priority: change.priority };
		case 'follow': {
			const others = row.follower_ids.filter((id) => id !== me);
			return { follower_ids: change.on ? [...others, me] : others };
		}
		case 'transfer': {
			const { site_id, assignee_id = null } = change;
			return { team_site_id: site_id === row.site_id ? null : site_id, assignee_id };
		}
	}
}

function emptyRow({ conversation_id, created_at, author_kind }: Message): MyInboxConversation {
	return {
		id: conversation_id,
		organization_id: site,
		site_id: site,
		visitor_id: `visitor-of-${conversation_id}`,
		person_id: `visitor-of-${conversation_id}`,
		visitor_name: null,
		visitor_email: null,
		visitor_verified: false,
		assignee_id: null,
		status: 'open',
		created_at,
		updated_at: created_at,
		last_seq: 0,
		visitor_read_seq: 0,
		team_read_seq: 0,
		last_message_at: created_at,
		last_message_preview: '',
		last_author_kind: author_kind,
		waiting_since: null,
		visitor_message_count: 0,
		label_ids: [],
		last_change_seq: 0,
		priority: 'normal',
		snoozed_until: null,
		close_reason: null,
		team_site_id: null,
		reply_warn_at: null,
		reply_due_at: null,
		queued_at: null,
		follower_ids: [],
		my_last_read_seq: 0,
		my_read_visitor_count: 0
	};
}

/** The value, which the test knows to be there. */
export function there<T>(value: T | null | undefined): T {
	if (value === null || value === undefined) throw new Error('expected a value');
	return value;
}

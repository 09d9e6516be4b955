import { createContext } from 'svelte';
import type { OwnPresence } from '@chatiq/contracts/automation';
import type { InboxPage } from '@chatiq/contracts/conversation';
import type { Message } from '@chatiq/contracts/message';
import { askSessionOf } from '#lib/session/ask-session.ts';
import { connectBackend, type Backend } from '#lib/session/backend.ts';
import { Connection } from '#lib/session/connection.svelte.ts';
import type { Membership } from '#lib/session/membership.ts';
import { inOrganization } from '#lib/session/organization.ts';
import { Presence } from '#lib/session/presence.svelte.ts';
import { openSessionChannel } from '#lib/session/session-channel.ts';
import { Session, type AccessToken } from '#lib/session/session.svelte.ts';
import { onLeave, onWake } from '#lib/session/wake.ts';
import { caller, type Call } from './call.ts';
import type { Conversation, ConversationOptions } from './conversation.svelte.ts';
import { withMessage } from './messages/message-link.ts';
import { Deletions } from './messages/deletions.svelte.ts';
import { Files } from './composer/files.svelte.ts';
import { filterSearch, withQuestion, type InboxFilter } from './list/filter.ts';
import { Inbox } from './inbox.svelte.ts';
import type { Opened } from './opened.ts';
import { Live, type TopicListener } from './live.ts';
import { Search } from './list/search.svelte.ts';
import { Selection } from './list/selection.svelte.ts';
import { Outbox } from './outbox.svelte.ts';
import { outboxStore } from './outbox-store.ts';
import { supabaseApi } from './supabase-api.ts';

interface Options {
	membership: Membership;
	access: AccessToken;
	/** The list that is shown first, and its first page when the server has loaded it. */
	filter?: InboxFilter | undefined;
	firstPage: InboxPage | null;
}

const rememberedConversations = 12;

/** Everything behind the inbox, wired together once per page. Nothing happens before `connect`. */
export class Desk {
	readonly membership: Membership;
	readonly connection = new Connection();
	readonly session: Session;
	readonly presence: Presence;
	readonly inbox: Inbox;
	readonly outbox: Outbox;
	readonly search: Search;
	readonly files: Files;
	readonly selection = new Selection();
	/** The conversation on the screen. */
	opened: Opened | null = null;
	readonly deletions = new Deletions();
	/** For what is loaded when it is needed and asks for itself. */
	readonly call: Call;
	readonly rest = (): Backend['rest'] => this.backend.rest;

	#backend: Backend | null = null;
	readonly #live: Live;
	readonly #api: ReturnType<typeof supabaseApi>;
	readonly #open = new Set<Conversation>();
	/** Messages of the conversations left last, to show them at once when one is opened again. */
	readonly #remembered = new Map<string, readonly Message[]>();

	constructor({ membership, access, filter, firstPage }: Options) {
		const { me, organization, sites } = membership;
		this.membership = membership;
		this.session = new Session({
			email: me.email,
			access,
			ask: askSessionOf(me.id),
			ended: () => void this.#live.hangUp(),
			resumed: () => this.wake()
		});
		this.#live = new Live(
			() => this.backend.realtime,
			(topic, state) => this.connection.report(topic, state)
		);
		const call = caller(() => this.session.renew());
		this.call = call;
		this.#api = supabaseApi({
			rest: this.rest,
			live: this.#live,
			me,
			organization: organization.id,
			elsewhere: (row) => location.assign(inOrganization(`/inbox/${row.id}`, row.organization_id)),
			call
		});
		this.presence = new Presence(async (report) => {
			const { data } = await this.backend.rest.rpc('report_presence', report).throwOnError();
			return data as unknown as OwnPresence;
		});
		const siteIds = sites.map((site) => site.id);
		this.inbox = new Inbox({
			api: this.#api,
			me: me.id,
			organization: organization.id,
			siteIds,
			firstPage,
			...(filter && { filter })
		});
		this.outbox = new Outbox(this.#api, outboxStore(me.id), me.id);
		this.search = new Search(this.#api, () => this.inbox.filter.site_id);
		this.files = new Files({
			operatorId: me.id,
			session: this.session,
			deliver: (draft) => this.outbox.send(draft)
		});
	}

	/** Made when it is first needed, which is never while the server draws. */
	get backend(): Backend {
		this.#backend ??= connectBackend(
			() => this.session.token(),
			() => void this.#check()
		);
		return this.#backend;
	}

	/** Starts live updates; call the result to stop. */
	connect(): () => void {
		const stops = [
			this.session.connect(openSessionChannel()),
			this.connection.connect(),
			this.inbox.connect(),
			this.presence.connect(),
			this.files.connect(),
			onWake(() => this.wake()),
			onLeave(() => this.deletions.settleAll())
		];
		void this.outbox.restore();
		return () => {
			for (const stop of stops) stop();
		};
	}

	/** Something may have been missed, or can be sent again. */
	wake(): void {
		void this.#live.reconnect();
		void this.inbox.catchUp();
		void this.presence.tell();
		for (const conversation of this.#open) void conversation.catchUp();
		void this.outbox.restore();
		this.outbox.wake();
		this.files.wake();
	}

	/**
	 * Where a conversation, or none, stands beside a list; the present one unless something is changed in it. What is
	 * searched for stays until another view is chosen.
	 */
	address(conversationId: string | null, change: Partial<InboxFilter> = {}, at?: number): string {
		const path = conversationId === null ? '/inbox' : `/inbox/${conversationId}`;
		const list = filterSearch({ ...this.inbox.filter, ...change });
		const search = 'view' in change ? list : withQuestion(list, this.search.question);
		return path + (at === undefined ? search : withMessage(search, at));
	}

	/** Conversations that were left, the last one first. */
	get recent(): readonly string[] {
		return [...this.#remembered.keys()].reverse();
	}

	/** What a conversation is made of. Those who open one bring its class: the list does without. */
	parts(id: string): ConversationOptions {
		const { me, people } = this.membership;
		return {
			id,
			me: me.id,
			colleagues: new Set(people.keys()),
			api: this.#api,
			inbox: this.inbox,
			outbox: this.outbox,
			remembered: this.#remembered.get(id) ?? []
		};
	}

	/** Follows a topic beside those of the inbox; call the result to leave. */
	follow(topic: string, listener: TopicListener): () => void {
		return this.#live.join(topic, listener).leave;
	}

	/** Connects an open conversation; call the result when the operator leaves it. */
	open(conversation: Conversation): () => void {
		this.#open.add(conversation);
		this.files.prepare();
		const stop = conversation.connect();
		return () => {
			this.#open.delete(conversation);
			stop();
			this.#remember(conversation);
		};
	}

	/** Realtime drops events in a rush and tells nobody: every heartbeat asks for what it did not bring. */
	async #check(): Promise<void> {
		await this.inbox.catchUp();
		for (const conversation of this.#open) conversation.check();
	}

	#remember({ id, window }: Conversation): void {
		this.#remembered.delete(id);
		this.#remembered.set(id, window.messages);
		for (const oldest of this.#remembered.keys()) {
			if (this.#remembered.size <= rememberedConversations) break;
			this.#remembered.delete(oldest);
		}
	}
}

export const [getDesk, setDesk] = createContext<Desk>();

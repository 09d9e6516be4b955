import type { MyInboxConversation } from '@chatiq/contracts/conversation';
import type { Message } from '@chatiq/contracts/message';
import type { About } from './about.svelte.ts';
import { endOfConversation, pageSize, type InboxApi } from './api.ts';
import { coalesce } from './coalesce.ts';
import type { EventLog } from './event-log.svelte.ts';
import { codeOf, temporary, type FailureCode } from './failure.ts';
import type { History } from './history.svelte.ts';
import { unreadCount } from './inbox-rows.svelte.ts';
import type { Inbox } from './inbox.svelte.ts';
import type { MessageChanges } from './message-changes.ts';
import { Retry } from './retry.ts';

interface Options {
	id: string;
	api: InboxApi;
	inbox: Inbox;
	history: History;
	changes: MessageChanges;
	about: About;
	events: EventLog;
	/** Somebody has the conversation open: a failure is worth another try. */
	connected: () => boolean;
	show: (messages: readonly Message[]) => void;
	/** Something up to this `seq` was read before, and more has come. */
	onunread: (readSeq: number) => void;
	/** Everything is there; false when the conversation is not. */
	ondone: (exists: boolean) => void;
}

/** Brings one conversation up to date: its newest page when it is opened, what has come since from then on. */
export class CatchUp {
	failure = $state<FailureCode | null>(null);
	/** The last try did not get to the end. */
	behind = true;

	readonly run = coalesce(() => this.#run());

	readonly #options: Options;
	readonly #retry = new Retry();
	/** True after the first one, which takes the newest page anew to see edits missed meanwhile. */
	#opened = false;
	/** The message to go to once there is something. */
	#wanted: number | null = null;

	constructor(options: Options) {
		this.#options = options;
	}

	/** Goes to a message with the first page. */
	want(seq: number): void {
		this.#wanted = seq;
	}

	stop(): void {
		this.#retry.stop();
	}

	async #run(): Promise<void> {
		const { about, events, connected, ondone } = this.#options;
		this.behind = true;
		try {
			if (!(await this.#row())) {
				ondone(false);
				return;
			}
			const messages = () => (this.#opened ? this.#follow() : this.#open());
			await Promise.all([about.load(), events.catchUp(), messages()]);
			ondone(true);
			this.#retry.succeeded();
			this.behind = false;
			this.failure = null;
		} catch (error) {
			this.failure = codeOf(error);
			if (temporary(error) && connected()) this.#retry.later(() => this.run());
		}
	}

	async #row(): Promise<MyInboxConversation | null> {
		const { id, api, inbox } = this.#options;
		if (inbox.row(id)) return inbox.row(id);
		const row = await api.conversation(id);
		if (row) inbox.applyMine(row);
		return inbox.row(id);
	}

	async #open(): Promise<void> {
		const { id, api, inbox, history, changes, show, onunread } = this.#options;
		const remembered = history.end.lastSeq > 0;
		const newest = await api.messagesBefore(id, endOfConversation);
		const row = inbox.row(id);
		if (row && unreadCount(row) > 0) onunread(row.my_last_read_seq);
		this.#opened = true;
		show(newest);
		if (this.#wanted !== null) await history.jump(this.#wanted);
		this.#wanted = null;
		// A fresh page holds every change of its messages; what was remembered may have missed some.
		if (remembered) await changes.catchUp();
		else changes.holds(newest, inbox.row(id)?.last_change_seq);
	}

	async #follow(): Promise<void> {
		const { id, api, history, changes, show } = this.#options;
		let page: Message[];
		do {
			page = await api.messagesAfter(id, history.end.lastSeq);
			if (page.length > 0) show(page);
		} while (page.length === pageSize.after);
		await changes.catchUp();
	}
}

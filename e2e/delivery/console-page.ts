import type { Database } from '@chatiq/contracts/database';
import { PostgrestClient } from '@supabase/postgrest-js';
import { RealtimeClient } from '@supabase/realtime-js';
import { caller } from '../../apps/admin/src/lib/inbox/call.ts';
import { Conversation } from '../../apps/admin/src/lib/inbox/conversation.svelte.ts';
import { Inbox } from '../../apps/admin/src/lib/inbox/inbox.svelte.ts';
import { Live } from '../../apps/admin/src/lib/inbox/live.ts';
import type { OutboxStore } from '../../apps/admin/src/lib/inbox/outbox-store.ts';
import { Outbox } from '../../apps/admin/src/lib/inbox/outbox.svelte.ts';
import { supabaseApi } from '../../apps/admin/src/lib/inbox/supabase-api.ts';
import { Session, type AccessToken } from '../../apps/admin/src/lib/session/session.svelte.ts';

interface Options {
	/** The gateway as this page reaches it. */
	line: { url: string; close: () => void };
	publishableKey: string;
	me: { id: string; email: string; name: string };
	access: AccessToken;
	organization: string;
	siteIds: readonly string[];
	store: OutboxStore & { close: () => void };
}

/** One page of the console: its own classes, wired as `Desk` wires them, without Kit and the DOM. */
export class ConsolePage {
	readonly inbox: Inbox;
	readonly outbox: Outbox;
	open: Conversation | null = null;

	readonly #options: Options;
	readonly #live: Live;
	readonly #realtime: RealtimeClient;
	readonly #api: ReturnType<typeof supabaseApi>;
	/** For what the console's own classes do not do yet. */
	readonly rest: PostgrestClient<Database>;
	readonly #leaveInbox: () => void;
	#leaveConversation = () => {};
	readonly #end = new AbortController();

	constructor(options: Options) {
		const { publishableKey, me, organization, siteIds, access, store } = options;
		const { url } = options.line;
		this.#options = options;
		const session = new Session({
			email: me.email,
			access,
			// The console's server, which this test is not about: the token is good for the whole run.
			ask: () => Promise.resolve({ access }),
			ended: () => undefined,
			resumed: () => this.wake()
		});
		this.rest = new PostgrestClient<Database>(`${url}/rest/v1`, {
			fetch: (input, init) => this.#fetch(session, input, init)
		});
		this.#realtime = new RealtimeClient(`${url.replace(/^http/, 'ws')}/realtime/v1`, {
			params: { apikey: publishableKey },
			accessToken: () => session.token(),
			reconnectAfterMs: (tries) => Math.min(200 * 2 ** tries, 5000),
			heartbeatCallback: (status) => {
				if (status === 'ok') void this.#check();
			}
		});
		this.#live = new Live(
			() => this.#realtime,
			() => undefined
		);
		this.#api = supabaseApi({
			rest: () => this.rest,
			live: this.#live,
			me,
			organization,
			elsewhere: ({ id }) => {
				throw new Error(`${id} belongs to another organisation`);
			},
			call: caller(() => session.renew())
		});
		this.inbox = new Inbox({ api: this.#api, me: me.id, organization, siteIds });
		this.outbox = new Outbox(this.#api, store, me.id);
		this.#leaveInbox = this.inbox.connect();
		void this.outbox.restore();
	}

	view(id: string): Conversation {
		if (this.open?.id === id) return this.open;
		this.#leaveConversation();
		const { inbox, outbox } = this;
		const me = this.#options.me.id;
		const conversation = new Conversation({
			id,
			me,
			colleagues: new Set(),
			api: this.#api,
			inbox,
			outbox
		});
		this.open = conversation;
		this.#leaveConversation = conversation.connect();
		return conversation;
	}

	wake(): void {
		void this.#live.reconnect();
		void this.inbox.catchUp();
		void this.open?.catchUp();
		void this.outbox.restore();
		this.outbox.wake();
	}

	/** The page is gone: whatever it still waits for never comes. */
	async close(): Promise<void> {
		this.#end.abort();
		this.#options.store.close();
		this.#options.line.close();
		this.#leaveConversation();
		this.#leaveInbox();
		await this.#realtime.disconnect();
	}

	async #check(): Promise<void> {
		await this.inbox.catchUp();
		this.open?.check();
	}

	async #fetch(session: Session, ...[input, init]: Parameters<typeof fetch>): Promise<Response> {
		const headers = new Headers(init?.headers);
		headers.set('apikey', this.#options.publishableKey);
		headers.set('authorization', `Bearer ${(await session.token()) ?? ''}`);
		const never = new Promise<never>(() => undefined);
		const closed = () => this.#end.signal.aborted;
		if (closed()) return never;
		try {
			const response = await fetch(input, { ...init, headers });
			return closed() ? await never : response;
		} catch (error) {
			if (closed()) return never;
			throw error;
		}
	}
}

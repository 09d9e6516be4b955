import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '@chatiq/contracts/message';
import { topics } from '@chatiq/contracts/topics';
import { type RealtimeChannel, REALTIME_SUBSCRIBE_STATES } from '@supabase/supabase-js';
import type { Client } from './backend.ts';

const pageSize = 200;
const rejoinMs = 200;

/** Follows one conversation as a client does: events as hints, and fetching after every join. */
export class Follower {
	/** Ids by either way. */
	readonly seen = new Set<string>();
	/** Ids of events. */
	readonly live = new Set<string>();
	joined = false;

	readonly #client: Client;
	readonly #conversation: string;
	#channel: RealtimeChannel | null = null;
	#position = 0;
	#timer: NodeJS.Timeout | undefined;
	#closed = false;

	constructor(client: Client, conversation: string) {
		this.#client = client;
		this.#conversation = conversation;
	}

	async join(): Promise<void> {
		await this.#client.realtime.setAuth();
		const channel = this.#client.channel(topics.conversation(this.#conversation), {
			config: { private: true }
		});
		this.#channel = channel;
		channel.on('broadcast', { event: 'message_created' }, ({ payload }) => {
			const { id } = payload as Message;
			this.live.add(id);
			this.seen.add(id);
		});
		channel.subscribe((status) => {
			this.joined = status === REALTIME_SUBSCRIBE_STATES.SUBSCRIBED;
			if (this.joined) void this.#catchUpAfterJoin(channel);
			else this.#rejoinSoon();
		});
	}

	/** What was written while nobody listened; from here on events come. */
	async #catchUpAfterJoin(channel: RealtimeChannel): Promise<void> {
		while (this.#channel === channel && !this.#closed)
			try {
				await this.#catchUp();
				return;
			} catch {
				await sleep(100); // the stack is down again
			}
	}

	/** Fetches what came after the last fetch. */
	async #catchUp(): Promise<void> {
		for (;;) {
			const { data } = await this.#client
				.rpc('messages_after', {
					conversation_id: this.#conversation,
					after_seq: this.#position,
					max_rows: pageSize
				})
				.throwOnError();
			for (const { id, seq } of data) {
				this.seen.add(id);
				this.#position = Math.max(this.#position, seq);
			}
			if (data.length < pageSize) return;
		}
	}

	async close(): Promise<void> {
		this.#closed = true;
		clearTimeout(this.#timer);
		if (this.#channel) await this.#client.removeChannel(this.#channel);
	}

	/** A fresh channel: what realtime-js does with a broken one depends on how it broke. */
	#rejoinSoon(): void {
		if (this.#closed) return;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => {
			const broken = this.#channel;
			this.#channel = null;
			void (broken ? this.#client.removeChannel(broken) : Promise.resolve()).then(() =>
				this.#closed ? undefined : this.join()
			);
		}, rejoinMs);
	}
}

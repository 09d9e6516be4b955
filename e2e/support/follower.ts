import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '@chatiq/contracts/message';
import { topics } from '@chatiq/contracts/topics';
import type { Live, TopicLink } from '../../apps/admin/src/lib/inbox/live.ts';
import type { Client } from './backend.ts';

const pageSize = 200;

/** Follows one conversation through the console's own line: events as hints, and fetching after every join. */
export class Follower {
	/** Ids by either way. */
	readonly seen = new Set<string>();
	/** Ids of events. */
	readonly live = new Set<string>();

	readonly #client: Client;
	readonly #conversation: string;
	readonly #link: TopicLink;
	#position = 0;
	#catchingUp = Promise.resolve();
	#closed = false;

	constructor(client: Client, line: Live, conversation: string) {
		this.#client = client;
		this.#conversation = conversation;
		this.#link = line.join(topics.conversation(conversation), {
			on: {
				message_created: ({ id }: Message) => {
					this.live.add(id);
					this.seen.add(id);
				}
			},
			joined: () => {
				this.#catchingUp = this.#catchingUp.then(() => this.#catchUpAfterJoin());
			}
		});
	}

	close(): void {
		this.#closed = true;
		this.#link.leave();
	}

	/** What was written while nobody listened; from here on events come. */
	async #catchUpAfterJoin(): Promise<void> {
		while (!this.#closed)
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
}

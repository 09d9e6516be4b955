import type { InboxConversation, ReadAdvanced } from '@chatiq/contracts/conversation';
import { topics } from '@chatiq/contracts/topics';
import { REALTIME_SUBSCRIBE_STATES, type RealtimeChannel } from '@supabase/supabase-js';
import type { Client } from '../support/backend.ts';

/** Listens to every list over a good line, all the time, and notes whatever goes backwards. */
export class Witness {
	readonly relapses: string[] = [];
	/** Newest read position by conversation and reader. */
	readonly reads = new Map<string, number>();
	readonly lastSeqs = new Map<string, number>();

	readonly #client: Client;

	constructor(client: Client) {
		this.#client = client;
	}

	async listen(siteIds: readonly string[]): Promise<void> {
		await this.#client.realtime.setAuth();
		await Promise.all(siteIds.map((id) => this.#join(topics.inbox(id))));
	}

	async leave(): Promise<void> {
		await this.#client.removeAllChannels();
		await this.#client.realtime.disconnect();
	}

	async #join(topic: string): Promise<void> {
		const channel = this.#client.channel(topic, { config: { private: true } });
		channel.on<ReadAdvanced>('broadcast', { event: 'read_advanced' }, ({ payload }) => {
			const { conversation_id, reader_id, last_read_seq } = payload;
			this.#advance(this.reads, `${conversation_id} ${reader_id}`, last_read_seq);
		});
		channel.on<InboxConversation>('broadcast', { event: 'conversation_changed' }, ({ payload }) => {
			this.#advance(this.lastSeqs, payload.id, payload.last_seq);
		});
		await joined(channel);
	}

	#advance(positions: Map<string, number>, key: string, position: number): void {
		const before = positions.get(key) ?? 0;
		if (position < before) this.relapses.push(`${key}: ${before} → ${position}`);
		positions.set(key, position);
	}
}

function joined(channel: RealtimeChannel): Promise<void> {
	return new Promise((resolve, reject) => {
		channel.subscribe((status, error) => {
			if (status === REALTIME_SUBSCRIBE_STATES.SUBSCRIBED) resolve();
			else reject(error ?? new Error(`${channel.topic}: ${status}`));
		});
	});
}

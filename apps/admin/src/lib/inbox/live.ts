import type { RealtimeChannel, RealtimeClient } from '@supabase/realtime-js';
import { retryDelay } from './retry-delay.ts';

export interface TopicListener {
	on: Record<string, (payload: never) => void>;
	/** After every join, the first and all later ones. */
	joined?: () => void;
	/** Says who is there, oneself by `key`, whenever that changes. */
	presence?: { key: string; changed: (keys: readonly string[]) => void };
}

export interface TopicLink {
	broadcast: (event: string, payload: object) => void;
	leave: () => void;
}

export type TopicReport = (topic: string, state: 'joined' | 'lost' | 'left') => void;

interface Joining {
	topic: string;
	listener: TopicListener;
	channel: RealtimeChannel | null;
	left: boolean;
	closures: number;
}

const heartbeatAnswerMs = 4000;

/** Private broadcast topics over realtime-js, which rejoins by itself; this adds what it leaves open. */
export class Live {
	readonly #client: () => RealtimeClient;
	readonly #report: TopicReport;
	/** realtime-js hands out a channel that is being left: its topic is joined again only afterwards. */
	readonly #leaving = new Map<string, Promise<unknown>>();
	#authorizing: Promise<void> | null = null;

	constructor(client: () => RealtimeClient, report: TopicReport) {
		this.#client = client;
		this.#report = report;
	}

	get #realtime(): RealtimeClient {
		return this.#client();
	}

	join(topic: string, listener: TopicListener): TopicLink {
		const joining: Joining = { topic, listener, channel: null, left: false, closures: 0 };
		this.#report(topic, 'lost');
		void this.#open(joining);
		return {
			broadcast: (event, payload) => {
				// Without a join realtime-js would make a REST call of it; a hint is not worth one.
				if (joining.channel?.state !== 'joined') return;
				void joining.channel.send({ type: 'broadcast', event, payload });
			},
			leave: () => this.#leave(joining)
		};
	}

	/** Connects anew without waiting for a timer; a socket that only looks open is found out by a heartbeat. */
	async reconnect(): Promise<void> {
		if (this.#realtime.getChannels().length === 0) return;
		try {
			await this.#authorize();
		} catch (error) {
			console.warn('no token to reconnect with', error);
			return;
		}
		// The session has ended: nobody lets us join anything.
		if (this.#realtime.accessTokenValue === null) return;
		if (this.#realtime.isConnected()) {
			await this.#checkHeartbeat();
			return;
		}
		await this.#realtime.disconnect();
		this.#realtime.connect();
	}

	/**
	 * Whose session has ended hears nothing more until `reconnect`. Realtime itself asks about a joined topic again only
	 * with a new token, so it would go on for as long as the old one lasts.
	 */
	async hangUp(): Promise<void> {
		await this.#realtime.disconnect();
	}

	async #open(joining: Joining): Promise<void> {
		try {
			await Promise.all([this.#authorize(), this.#leaving.get(joining.topic)]);
		} catch (error) {
			console.warn(`topic ${joining.topic}`, error);
			this.#openLater(joining);
			return;
		}
		if (joining.left) return;
		const { topic, listener } = joining;
		const { presence } = listener;
		const channel = this.#realtime.channel(topic, {
			config: { private: true, ...(presence && { presence: { key: presence.key } }) }
		});
		joining.channel = channel;
		for (const [event, receive] of Object.entries(listener.on)) {
			channel.on('broadcast', { event }, ({ payload }) => receive(payload as never));
		}
		if (presence) {
			channel.on('presence', { event: 'sync' }, () => {
				presence.changed(Object.keys(channel.presenceState()));
			});
		}
		channel.subscribe((status, error) => this.#changed(joining, status, error));
	}

	#changed(joining: Joining, status: string, error: Error | undefined): void {
		const { topic, listener } = joining;
		if (joining.left) return;
		this.#report(topic, status === 'SUBSCRIBED' ? 'joined' : 'lost');
		if (error) console.warn(`topic ${topic}`, error);
		if (status === 'SUBSCRIBED') {
			joining.closures = 0;
			// Who is there is a hint: when it is not taken, the others do not see us, and nothing else is wrong.
			if (listener.presence) void joining.channel?.track({});
			listener.joined?.();
		}
		// Closed by the server, as when a token runs out during sleep: realtime-js does not come back by itself.
		if (status === 'CLOSED') this.#openLater(joining);
	}

	#openLater(joining: Joining): void {
		joining.closures += 1;
		setTimeout(() => {
			if (!joining.left) void this.#open(joining);
		}, retryDelay(joining.closures));
	}

	#leave(joining: Joining): void {
		const { topic, channel } = joining;
		joining.left = true;
		this.#report(topic, 'left');
		if (!channel) return;
		const done = this.#realtime.removeChannel(channel);
		this.#leaving.set(topic, done);
		void done.finally(() => {
			if (this.#leaving.get(topic) === done) this.#leaving.delete(topic);
		});
	}

	/** A second heartbeat while one is unanswered makes realtime-js drop the socket and connect again. */
	async #checkHeartbeat(): Promise<void> {
		await this.#realtime.sendHeartbeat();
		setTimeout(() => {
			if (this.#realtime.pendingHeartbeatRef) void this.#realtime.sendHeartbeat();
		}, heartbeatAnswerMs);
	}

	/**
	 * A join that leaves before the token is set stays an anonymous one, and `setAuth` returns early, with
	 * nothing set, when another call overtakes it: so one at a time, until the token is set; without a session there is none.
	 */
	#authorize(): Promise<void> {
		this.#authorizing ??= this.#setToken().finally(() => (this.#authorizing = null));
		return this.#authorizing;
	}

	async #setToken(): Promise<void> {
		do await this.#realtime.setAuth();
		while (this.#realtime.accessTokenValue === null && (await this.#realtime.accessToken?.()));
	}
}

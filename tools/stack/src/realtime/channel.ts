import { randomUUID } from 'node:crypto';
import type { Encoded, Outgoing } from './broadcast.ts';
import type { Ref } from './frames.ts';
import type { ChannelConfig } from './join-config.ts';
import type { ClientSocket } from './socket.ts';
import type { Claims } from './token.ts';

/** What the policies said; undefined means not asked yet. */
export interface Access {
	read?: boolean;
	write?: boolean;
}

export interface Policies {
	broadcast: Access;
	presence: Access;
	persistence: Access;
}

export const topicPrefix = 'realtime:';

/** One joined topic of one socket. */
export class Channel {
	readonly socket: ClientSocket;
	readonly joinRef: Ref;
	/** As on the wire, `realtime:` included. */
	readonly topic: string;
	/** As policies, SQL and REST call it. */
	readonly name: string;
	readonly private: boolean;
	readonly config: ChannelConfig;
	readonly presenceKey: string;
	/** Null for a channel that lives on an opaque API key. */
	token: string | null;
	claims: Claims;
	policies: Policies = { broadcast: {}, presence: {}, persistence: {} };
	/** Messages already replayed: they may still arrive live. */
	readonly replayed = new Set<string>();
	readonly presenceCalls = { count: 0, resetAt: 0 };
	expiry: NodeJS.Timeout | undefined;
	/** Subscriptions to changes, one attempt after the other. */
	subscribing: Promise<void> = Promise.resolve();
	closed = false;
	#held: { encoded: Encoded; id: string | undefined }[] | null = null;

	constructor(
		socket: ClientSocket,
		request: { topic: string; joinRef: Ref; config: ChannelConfig },
		identity: { token: string | null; claims: Claims }
	) {
		this.socket = socket;
		this.joinRef = request.joinRef;
		this.topic = request.topic;
		this.name = request.topic.slice(topicPrefix.length);
		this.private = request.config.private;
		this.config = request.config;
		this.presenceKey = request.config.presenceKey ?? randomUUID();
		this.token = identity.token;
		this.claims = identity.claims;
	}

	get mayReadBroadcasts(): boolean {
		return !this.private || this.policies.broadcast.read === true;
	}

	get mayReadPresence(): boolean {
		return !this.private || this.policies.presence.read === true;
	}

	reply(ref: Ref, status: 'ok' | 'error', response: unknown = {}): void {
		this.socket.send(this.joinRef, ref, this.topic, 'phx_reply', { status, response });
	}

	/** A frame of the channel's own, as opposed to one fanned out to many. */
	push(event: string, payload: unknown): void {
		this.socket.send(this.joinRef, null, this.topic, event, payload);
	}

	system(status: 'ok' | 'error', message: string, extension = 'system'): void {
		this.push('system', { extension, status, message, channel: this.name });
	}

	/** Keeps broadcasts back until the join has been answered. */
	hold(): void {
		this.#held = [];
	}

	/** `id` is that of a stored message. False when this receiver cannot take the message. */
	deliver(outgoing: Outgoing, id?: string): boolean {
		if (id !== undefined && this.replayed.has(id)) return false;
		const encoded = outgoing.for(this.socket.version);
		if (!encoded) return false;
		if (this.#held) this.#held.push({ encoded, id });
		else this.socket.write(encoded);
		return true;
	}

	release(): void {
		const held = this.#held ?? [];
		this.#held = null;
		for (const { encoded, id } of held) {
			if (id === undefined || !this.replayed.has(id)) this.socket.write(encoded);
		}
	}

	/** While the join is unanswered a diff is needless: the state that follows includes it. */
	deliverPresence(outgoing: Outgoing): void {
		const encoded = this.#held ? null : outgoing.for(this.socket.version);
		if (encoded) this.socket.write(encoded);
	}
}

import { outgoingBroadcast, outgoingFrame } from './broadcast.ts';
import type { Broadcast } from './broadcast.ts';
import { topicPrefix } from './channel.ts';
import type { Channel } from './channel.ts';

/** The public and the private channel of one name never see each other. */
export interface Room {
	name: string;
	private: boolean;
}

export function roomKey(room: Room): string {
	return `${room.private ? 'private' : 'public'}:${room.name}`;
}

/** Who has joined what, and the delivery to all of them. */
export class Rooms {
	readonly #members = new Map<string, Set<Channel>>();

	get size(): number {
		return this.#members.size;
	}

	add(channel: Channel): void {
		const key = roomKey(channel);
		const members = this.#members.get(key);
		if (members) members.add(channel);
		else this.#members.set(key, new Set([channel]));
	}

	remove(channel: Channel): void {
		const key = roomKey(channel);
		const members = this.#members.get(key);
		members?.delete(channel);
		if (members?.size === 0) this.#members.delete(key);
	}

	/** Returns the number of deliveries. */
	broadcast(
		room: Room,
		broadcast: Broadcast,
		options: { except?: Channel; id?: string } = {}
	): number {
		const members = this.#members.get(roomKey(room));
		if (!members) return 0;
		const outgoing = outgoingBroadcast(topicPrefix + room.name, broadcast);
		let deliveries = 0;
		for (const channel of members) {
			if (channel === options.except || !channel.mayReadBroadcasts) continue;
			if (channel.deliver(outgoing, options.id)) deliveries++;
		}
		return deliveries;
	}

	presenceDiff(room: Room, diff: unknown): void {
		const outgoing = outgoingFrame({
			joinRef: null,
			ref: null,
			topic: topicPrefix + room.name,
			event: 'presence_diff',
			payload: diff
		});
		for (const channel of this.#members.get(roomKey(room)) ?? []) {
			if (channel.mayReadPresence) channel.deliverPresence(outgoing);
		}
	}
}

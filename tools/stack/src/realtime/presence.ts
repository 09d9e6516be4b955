import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Channel } from './channel.ts';
import { roomKey } from './rooms.ts';

type Payload = Record<string, unknown>;
type Meta = Payload & { phx_ref: string };
type Metas = Record<string, { metas: Meta[] }>;

export interface PresenceDiff {
	joins: Metas;
	leaves: Metas;
}

interface Tracked {
	payload: Payload;
	meta: Meta;
}

/** Who is present where: room → key → one meta per tracking channel. */
export class Presence {
	readonly #rooms = new Map<string, Map<string, Map<Channel, Tracked>>>();

	/** Null when nothing changed. */
	track(channel: Channel, payload: Payload): PresenceDiff | null {
		const tracked = this.#entry(channel);
		const previous = tracked.get(channel);
		if (previous && isDeepStrictEqual(previous.payload, payload)) return null;
		const meta: Meta = { ...payload, phx_ref: randomBytes(9).toString('base64url') };
		if (previous) meta.phx_ref_prev = previous.meta.phx_ref;
		tracked.set(channel, { payload, meta });
		return {
			joins: { [channel.presenceKey]: { metas: [meta] } },
			leaves: previous ? { [channel.presenceKey]: { metas: [previous.meta] } } : {}
		};
	}

	/** Null when the channel was not tracked. */
	untrack(channel: Channel): PresenceDiff | null {
		const room = this.#rooms.get(roomKey(channel));
		const entry = room?.get(channel.presenceKey);
		const tracked = entry?.get(channel);
		if (!room || !entry || !tracked) return null;
		entry.delete(channel);
		if (entry.size === 0) room.delete(channel.presenceKey);
		if (room.size === 0) this.#rooms.delete(roomKey(channel));
		return { joins: {}, leaves: { [channel.presenceKey]: { metas: [tracked.meta] } } };
	}

	state(channel: Channel): Metas {
		const room = this.#rooms.get(roomKey(channel)) ?? [];
		return Object.fromEntries(
			Array.from(room, ([key, entry]) => [
				key,
				{ metas: Array.from(entry.values(), (tracked) => tracked.meta) }
			])
		);
	}

	#entry(channel: Channel): Map<Channel, Tracked> {
		const key = roomKey(channel);
		let room = this.#rooms.get(key);
		if (!room) this.#rooms.set(key, (room = new Map<string, Map<Channel, Tracked>>()));
		let entry = room.get(channel.presenceKey);
		if (!entry) room.set(channel.presenceKey, (entry = new Map<Channel, Tracked>()));
		return entry;
	}
}

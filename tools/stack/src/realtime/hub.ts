import type { Sessions } from '../sessions.ts';
import type { Authorizer } from './authorization.ts';
import type { Broadcast } from './broadcast.ts';
import type { ChangeFeed } from './changes/change-feed.ts';
import type { DatabaseFeed } from './database-feed.ts';
import type { Log, RealtimeLimits } from './options.ts';
import type { Presence } from './presence.ts';
import type { RateMeter } from './rate-meter.ts';
import type { Room, Rooms } from './rooms.ts';
import type { ClientSocket } from './socket.ts';
import type { VerifyToken } from './token.ts';
import type { Transactions } from './transactions.ts';

/** What all connections share. */
export interface Hub {
	readonly limits: RealtimeLimits;
	readonly privateOnly: boolean;
	readonly log: Log;
	readonly verifyToken: VerifyToken;
	readonly apiKeys: ReadonlyMap<string, string>;
	readonly sessions: Sessions;
	readonly transactions: Transactions;
	readonly authorizer: Authorizer;
	readonly feed: DatabaseFeed;
	readonly changes: ChangeFeed;
	readonly rooms: Rooms;
	readonly presence: Presence;
	readonly sockets: Set<ClientSocket>;
	readonly meters: { events: RateMeter; presence: RateMeter; joins: RateMeter };
	deliveries: number;
	closing: boolean;
}

/** Sockets count once they have joined something. */
export function connectedUsers(hub: Hub): number {
	let users = 0;
	for (const socket of hub.sockets) if (socket.channels.size > 0) users++;
	return users;
}

export function fanOut(
	hub: Hub,
	room: Room,
	broadcast: Broadcast,
	options: Parameters<Rooms['broadcast']>[2] = {}
): void {
	const deliveries = hub.rooms.broadcast(room, broadcast, options);
	hub.deliveries += deliveries;
	hub.meters.events.add(deliveries);
}

export function fitsPayload(hub: Hub, broadcast: Broadcast): boolean {
	const size =
		broadcast.form === 'bytes'
			? broadcast.message.body.length
			: Buffer.byteLength(JSON.stringify(broadcast.payload));
	return size <= hub.limits.payloadBytes;
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, Policies } from './channel.ts';
import type { Extension } from './authorization.ts';
import type { Hub } from './hub.ts';
import { TokenError } from '../tokens.ts';

const shortestCheckMs = 50;

/** Makes the channel a member; from here on it is closed by `leave`. */
export function enter(hub: Hub, channel: Channel): void {
	channel.socket.channels.set(channel.topic, channel);
	channel.socket.emptySince = undefined;
	hub.rooms.add(channel);
	watchToken(hub, channel);
}

export function leave(hub: Hub, channel: Channel): void {
	if (channel.closed) return;
	channel.closed = true;
	clearTimeout(channel.expiry);
	const { channels } = channel.socket;
	if (channels.get(channel.topic) === channel) channels.delete(channel.topic);
	if (channels.size === 0) channel.socket.emptySince = Date.now();
	hub.rooms.remove(channel);
	hub.changes.drop(channel);
	const diff = hub.presence.untrack(channel);
	if (diff) hub.rooms.presenceDiff(channel, diff);
}

export function sendClose(channel: Channel): void {
	channel.socket.send(channel.joinRef, channel.joinRef, channel.topic, 'phx_close', {});
}

/** Ends the channel for a reason the client is told; clients take this as final. */
export function shut(hub: Hub, channel: Channel, code: string, message: string): void {
	if (channel.closed) return;
	hub.log({ level: 'warning', code, message: `${channel.topic}: ${message}` });
	channel.system('error', message);
	sendClose(channel);
	leave(hub, channel);
}

/** Ends the channel for a fault of ours; clients join again by themselves. */
export function crash(hub: Hub, channel: Channel, cause: unknown): void {
	if (channel.closed) return;
	hub.log({
		level: 'error',
		code: 'ChannelShutdown',
		message: `${channel.topic}: ${String(cause)}`
	});
	channel.socket.send(channel.joinRef, channel.joinRef, channel.topic, 'phx_error', {});
	leave(hub, channel);
}

/** Verifies the token again when it expires, and earlier in case its key is gone. */
export function watchToken(hub: Hub, channel: Channel): void {
	clearTimeout(channel.expiry);
	const { token, claims } = channel;
	if (token === null) return;
	const untilExpiry = claims.exp === undefined ? Infinity : claims.exp * 1000 - Date.now();
	const wait = Math.max(shortestCheckMs, Math.min(untilExpiry, hub.limits.tokenCheckMs));
	channel.expiry = setTimeout(() => {
		channel.socket.enqueue(() => recheckToken(hub, channel));
	}, wait);
}

async function recheckToken(hub: Hub, channel: Channel): Promise<void> {
	const { token } = channel;
	if (channel.closed || token === null) return;
	try {
		await hub.verifyToken(token);
		// Another token may have come meanwhile; it has its own timer.
		if (channel.token === token && !isClosed(channel)) watchToken(hub, channel);
	} catch (error) {
		if (error instanceof TokenError) shut(hub, channel, 'InvalidJWTToken', error.message);
		else crash(hub, channel, error);
	}
}

/** Asks what the channel may read; presence only if it takes part in it. */
export async function readPolicies(
	hub: Hub,
	channel: Pick<Channel, 'name' | 'claims' | 'socket'>,
	withPresence: boolean
): Promise<Policies> {
	const extensions: Extension[] = withPresence ? ['broadcast', 'presence'] : ['broadcast'];
	const { headers } = channel.socket.connection;
	const caller = { claims: channel.claims, headers };
	const readable = await hub.authorizer.readable(channel.name, caller, extensions);
	return {
		broadcast: { read: readable.has('broadcast') },
		presence: withPresence ? { read: readable.has('presence') } : {},
		persistence: {}
	};
}

/** A rejected client tries again soon; hosted makes it wait. */
export async function backOff(ms: number): Promise<void> {
	if (ms > 0) await delay(ms);
}

// A function, because the compiler takes `closed` for unchanged across an await.
export function isClosed(channel: Channel): boolean {
	return channel.closed;
}

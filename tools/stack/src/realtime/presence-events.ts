import { mayWrite } from './broadcast-events.ts';
import type { Channel } from './channel.ts';
import { isClosed, shut } from './channel-life.ts';
import { isRecord } from './frames.ts';
import type { Frame } from './frames.ts';
import type { Hub } from './hub.ts';

/** `track` and `untrack`. The diff goes out before the reply, so that the caller sees it first. */
export async function receivePresence(hub: Hub, channel: Channel, frame: Frame): Promise<void> {
	const message = isRecord(frame.payload) ? frame.payload : {};
	if (message.event === undefined) {
		channel.reply(frame.ref, 'ok');
		return;
	}
	const event = typeof message.event === 'string' ? message.event.toLowerCase() : null;
	if (event !== 'track' && event !== 'untrack') {
		hub.log({ level: 'warning', code: 'UnknownPresenceEvent', message: channel.topic });
		channel.reply(frame.ref, 'error');
		return;
	}
	if (!withinLimits(hub, channel)) return;
	if (event === 'track') {
		await track(hub, channel, frame, message.payload ?? {});
		return;
	}
	const diff = hub.presence.untrack(channel);
	if (diff) hub.rooms.presenceDiff(channel, diff);
	channel.reply(frame.ref, 'ok');
}

async function track(hub: Hub, channel: Channel, frame: Frame, payload: unknown): Promise<void> {
	if (!isRecord(payload)) {
		channel.reply(frame.ref, 'error', { reason: 'Presence track payload must be a map' });
		return;
	}
	if (Buffer.byteLength(JSON.stringify(payload)) > hub.limits.payloadBytes) {
		shut(hub, channel, 'InvalidPresencePayload', 'Track message size exceeded');
		return;
	}
	if (channel.private && !(await mayTrack(hub, channel))) {
		channel.reply(frame.ref, 'error');
		return;
	}
	if (isClosed(channel)) return;
	const diff = hub.presence.track(channel, payload);
	if (diff) hub.rooms.presenceDiff(channel, diff);
	channel.reply(frame.ref, 'ok');
}

/** A channel that joined without presence learns here whether it may see others. */
async function mayTrack(hub: Hub, channel: Channel): Promise<boolean> {
	const { policies } = channel;
	if (policies.presence.read === undefined) {
		try {
			const caller = { claims: channel.claims, headers: channel.socket.connection.headers };
			const readable = await hub.authorizer.readable(channel.name, caller, ['presence']);
			policies.presence.read = readable.has('presence');
		} catch (error) {
			hub.log({
				level: 'error',
				code: 'RlsPolicyError',
				message: `${channel.topic}: ${String(error)}`
			});
			return false;
		}
	}
	return mayWrite(hub, channel, 'presence');
}

function withinLimits(hub: Hub, channel: Channel): boolean {
	const { presenceCalls, presenceWindowMs } = hub.limits;
	const { meters } = hub;
	if (meters.presence.exceeded) {
		shut(hub, channel, 'PresenceRateLimitReached', 'Too many presence messages per second');
		return false;
	}
	meters.presence.add();
	const calls = channel.presenceCalls;
	if (Date.now() >= calls.resetAt) {
		calls.count = 0;
		calls.resetAt = Date.now() + presenceWindowMs;
	}
	if (++calls.count <= presenceCalls) return true;
	shut(hub, channel, 'ClientPresenceRateLimitReached', 'Client presence rate limit exceeded');
	return false;
}

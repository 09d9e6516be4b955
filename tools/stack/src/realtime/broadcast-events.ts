import type { Extension } from './authorization.ts';
import type { Broadcast } from './broadcast.ts';
import type { Channel } from './channel.ts';
import { shut } from './channel-life.ts';
import type { Frame } from './frames.ts';
import { fanOut, fitsPayload } from './hub.ts';
import type { Hub } from './hub.ts';
import { persistNeedsPrivate, storeBroadcast } from './persist.ts';

/** A broadcast from a client. One that is not allowed vanishes without an answer, even with ack. */
export async function receiveBroadcast(hub: Hub, channel: Channel, frame: Frame): Promise<void> {
	const broadcast = asBroadcast(frame);
	if (!broadcast) {
		hub.log({
			level: 'warning',
			code: 'MalformedWebSocketMessage',
			message: `${channel.topic}: a binary push cannot be a broadcast`
		});
		return;
	}
	if (hub.meters.events.exceeded) {
		shut(hub, channel, 'MessagePerSecondRateLimitReached', 'Too many messages per second');
		return;
	}
	hub.meters.events.add();
	if (channel.private && !(await mayWrite(hub, channel, 'broadcast'))) return;
	if (channel.closed) return;
	if (!fitsPayload(hub, broadcast)) {
		if (channel.config.ack) channel.reply(frame.ref, 'error', 'payload_size_exceeded');
		return;
	}
	if (frame.persist && !channel.private) {
		acknowledge(channel, frame, { error: `persist: ${persistNeedsPrivate}` });
		return;
	}
	fanOut(hub, channel, broadcast, channel.config.self ? {} : { except: channel });
	const stored = frame.persist ? await persist(hub, channel, broadcast) : {};
	acknowledge(channel, frame, stored);
}

/** Answers those who asked to be answered. */
function acknowledge(
	channel: Channel,
	frame: Frame,
	response: { id?: string; error?: string }
): void {
	if (!channel.config.ack || channel.closed) return;
	channel.reply(frame.ref, response.error === undefined ? 'ok' : 'error', response);
}

async function persist(
	hub: Hub,
	channel: Channel,
	broadcast: Broadcast
): Promise<{ id: string } | { error: string }> {
	const error = `Unable to store the message on this Channel topic: ${channel.name}`;
	if (broadcast.form !== 'bytes' || !(await mayWrite(hub, channel, 'persistence')))
		return { error };
	try {
		return { id: await storeBroadcast(hub, channel.name, broadcast.message) };
	} catch (cause) {
		const message = `${channel.topic}: ${String(cause)}`;
		hub.log({ level: 'error', code: 'UnableToPersistBroadcast', message });
		return { error };
	}
}

/** Whatever JSON it is, others get it as it came. The bytes of a kind 0 push have no event. */
function asBroadcast({ broadcast, payload }: Frame): Broadcast | null {
	if (broadcast) return { form: 'bytes', message: broadcast };
	return payload === undefined ? null : { form: 'value', payload };
}

/** Asked once and remembered until the token changes; a failed question is asked again. */
export async function mayWrite(hub: Hub, channel: Channel, extension: Extension): Promise<boolean> {
	const { policies } = channel;
	const known = policies[extension].write;
	if (known !== undefined) return known;
	const asked: Extension[] =
		extension === 'broadcast' && channel.config.presenceEnabled
			? ['broadcast', 'presence']
			: [extension];
	try {
		const caller = { claims: channel.claims, headers: channel.socket.connection.headers };
		const writable = await hub.authorizer.writable(channel.name, caller, asked);
		for (const each of asked) policies[each].write = writable.has(each);
		return writable.has(extension);
	} catch (error) {
		hub.log({
			level: 'error',
			code: 'RlsPolicyError',
			message: `${channel.topic}: ${String(error)}`
		});
		return false;
	}
}

import { receiveBroadcast } from './broadcast-events.ts';
import { topicPrefix } from './channel.ts';
import type { Channel } from './channel.ts';
import { crash, leave, sendClose } from './channel-life.ts';
import { decodeFrame, MalformedFrame } from './frames.ts';
import type { Frame } from './frames.ts';
import type { Hub } from './hub.ts';
import { join } from './join.ts';
import { receivePresence } from './presence-events.ts';
import type { ClientSocket } from './socket.ts';
import { receiveToken } from './token-events.ts';

/** One frame from a client; what cannot be read is dropped and the socket lives on. */
export function receive(hub: Hub, socket: ClientSocket, data: Buffer, binary: boolean): void {
	socket.lastSeenAt = Date.now();
	let frame: Frame;
	try {
		frame = decodeFrame(data, binary, socket.version);
	} catch (error) {
		if (!(error instanceof MalformedFrame)) throw error;
		hub.log({ level: 'warning', code: 'MalformedWebSocketMessage', message: error.message });
		return;
	}
	// Not queued: a slow join must not look like a dead connection.
	if (frame.topic === 'phoenix' && frame.event === 'heartbeat') {
		socket.send(null, frame.ref, 'phoenix', 'phx_reply', { status: 'ok', response: {} });
		return;
	}
	socket.enqueue(() => dispatch(hub, socket, frame));
}

async function dispatch(hub: Hub, socket: ClientSocket, frame: Frame): Promise<void> {
	if (!socket.open) return;
	const reply = (status: 'ok' | 'error', response: unknown): void =>
		socket.send(frame.joinRef, frame.ref, frame.topic, 'phx_reply', { status, response });
	if (frame.event === 'phx_join' && frame.topic.startsWith(topicPrefix)) {
		await join(hub, socket, frame);
		return;
	}
	const channel = socket.channels.get(frame.topic);
	if (channel) {
		try {
			await handle(hub, channel, frame);
		} catch (error) {
			crash(hub, channel, error);
		}
	} else if (frame.event === 'phx_leave') {
		reply('ok', {});
	} else {
		reply('error', { reason: 'unmatched topic' });
	}
}

/** Pushes of an earlier join are welcome, as on the hosted server; only its leave is not. */
async function handle(hub: Hub, channel: Channel, frame: Frame): Promise<void> {
	switch (frame.event) {
		case 'broadcast':
			return receiveBroadcast(hub, channel, frame);
		case 'presence':
			return receivePresence(hub, channel, frame);
		case 'access_token':
			return receiveToken(hub, channel, frame);
		case 'phx_leave':
			if (frame.joinRef !== null && frame.joinRef !== channel.joinRef) return;
			channel.reply(frame.ref, 'ok');
			sendClose(channel);
			leave(hub, channel);
			return;
		default:
			hub.log({
				level: 'warning',
				code: 'UnhandledEvent',
				message: `${channel.topic}: ${frame.event}`
			});
	}
}

import { setTimeout as delay } from 'node:timers/promises';
import { Outgoing } from '../broadcast.ts';
import type { Channel } from '../channel.ts';
import { isConnectionLost } from '../database-errors.ts';
import type { Hub } from '../hub.ts';
import { rawFrame } from '../frames.ts';
import { SubscriptionRefused } from './refused.ts';

const extension = 'postgres_changes';

/** Subscribes in the background and tells the client how it ended; again after a new token. */
export function subscribeToChanges(hub: Hub, channel: Channel): void {
	if (channel.config.bindings.length === 0) return;
	channel.subscribing = channel.subscribing.then(async () => {
		const refusal = await trySubscribing(hub, channel);
		if (refusal === undefined) announceChanges(channel);
		else refuse(hub, channel, refusal);
	});
}

export function announceChanges(channel: Channel): void {
	if (!channel.closed) channel.system('ok', 'Subscribed to PostgreSQL', extension);
}

/** Undefined when the subscription stands, else why it never will. The channel stays joined. */
export async function trySubscribing(
	hub: Hub,
	channel: Channel,
	signal?: AbortSignal
): Promise<string | undefined> {
	while (!channel.closed && !signal?.aborted) {
		try {
			await hub.changes.subscribe(channel);
			return undefined;
		} catch (error) {
			if (error instanceof SubscriptionRefused) return error.message;
			const level = isConnectionLost(error) ? 'warning' : 'error';
			const message = `${channel.topic}: ${String(error)}`;
			hub.log({ level, code: 'UnableToSubscribeToPostgres', message });
			await delay(hub.limits.subscribeRetryMs, undefined, { ref: false });
		}
	}
	return undefined;
}

function refuse(hub: Hub, channel: Channel, message: string): void {
	const code = 'RealtimeDisabledForConfiguration';
	hub.log({ level: 'warning', code, message: `${channel.topic}: ${message}` });
	if (!channel.closed) channel.system('error', message, extension);
}

/** `data` is JSON already. Over the limit, changes are skipped without a word. */
export function deliverChange(
	hub: Hub,
	channel: Channel,
	bindingIds: number[],
	data: string
): void {
	if (hub.meters.events.exceeded) {
		const message = `${channel.topic}: too many messages per second`;
		hub.log({ level: 'warning', code: 'MessagePerSecondRateLimitReached', message });
		return;
	}
	const payload = `{"ids":${JSON.stringify(bindingIds)},"data":${data}}`;
	const delivered = channel.deliver(
		new Outgoing((version) => ({
			data: Buffer.from(rawFrame(version, null, channel.topic, extension, payload)),
			binary: false
		}))
	);
	if (!delivered) return;
	hub.deliveries++;
	hub.meters.events.add();
}

import {
	REALTIME_SUBSCRIBE_STATES,
	type RealtimeChannel,
	type SupabaseClient
} from '@supabase/supabase-js';
import { randomUUID } from 'node:crypto';
import { type Backend, connectService } from '../support/backend.ts';

const settleMs = 10_000;

/** Joins the private channel and tells whether it was let in. */
export async function tryToListen(client: SupabaseClient, topic: string): Promise<boolean> {
	const channel = await open(client, topic);
	const joined = await joinState(channel);
	await client.removeChannel(channel);
	return joined;
}

/** Joins the private channel with presence and tells whether it may track itself there. */
export async function tryToBePresent(client: SupabaseClient, topic: string): Promise<boolean> {
	await client.realtime.setAuth();
	const channel = client.channel(topic, { config: { private: true, presence: { enabled: true } } });
	const answer = (await joinState(channel)) ? await channel.track({ here: true }) : 'refused';
	await client.removeChannel(channel);
	return answer === 'ok';
}

/**
 * Broadcasts over HTTP, which needs no right to listen, and tells whether a listener with the service role got it.
 * A second broadcast by the service comes after it on the same channel: once that one is there, the first is decided.
 */
export async function broadcastReaches(
	backend: Backend,
	client: SupabaseClient,
	topic: string
): Promise<boolean> {
	const service = connectService(backend);
	const ear = service.channel(topic, { config: { private: true } });
	const heard: string[] = [];
	const probe = randomUUID();
	const end = new Promise<void>((resolve) => {
		ear.on('broadcast', { event: '*' }, ({ event }) => {
			heard.push(event);
			if (event === `end:${probe}`) resolve();
		});
	});
	await service.realtime.setAuth();
	if (!(await joinState(ear))) throw new Error(`the service may not listen to ${topic}`);
	try {
		await client.realtime.setAuth();
		const mouth = client.channel(topic, { config: { private: true } });
		await mouth.httpSend(`probe:${probe}`, {}).catch(() => undefined);
		await client.removeChannel(mouth);
		await ear.httpSend(`end:${probe}`, {});
		await end;
		return heard.includes(`probe:${probe}`);
	} finally {
		await service.removeAllChannels();
		await service.realtime.disconnect();
	}
}

async function open(client: SupabaseClient, topic: string): Promise<RealtimeChannel> {
	await client.realtime.setAuth();
	return client.channel(topic, { config: { private: true } });
}

function joinState(channel: RealtimeChannel): Promise<boolean> {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(
			() => reject(new Error(`no answer to the join of ${channel.topic}`)),
			settleMs
		);
		const { SUBSCRIBED, CHANNEL_ERROR } = REALTIME_SUBSCRIBE_STATES;
		channel.subscribe((status) => {
			if (status !== SUBSCRIBED && status !== CHANNEL_ERROR) return;
			clearTimeout(timer);
			resolve(status === SUBSCRIBED);
		});
	});
}

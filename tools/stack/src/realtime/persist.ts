import { randomUUID } from 'node:crypto';
import type { Caller } from './authorization.ts';
import type { UserBroadcast } from './frames.ts';
import type { Hub } from './hub.ts';

export const persistNeedsPrivate = 'can only be used on private channels';

/** Keeps a broadcast that was delivered for those who replay it later; answers its id. */
export async function storeBroadcast(
	hub: Hub,
	topic: string,
	{ event, encoding, body }: UserBroadcast
): Promise<string> {
	const id = randomUUID();
	const [json, bytes] = encoding === 'json' ? [body.toString(), null] : [null, body];
	await hub.sessions.sql`
		insert into realtime.messages
			(id, topic, event, payload, binary_payload, extension, private, skip_broadcast, inserted_at)
		values (
			${id}, ${topic}, ${event}, ${json}::text::jsonb, ${bytes}, 'broadcast', true, true,
			timezone('utc', now())
		)`;
	return id;
}

/** For senders who are not told: what they may not or cannot store was broadcast all the same. */
export async function tryToStore(
	hub: Hub,
	topic: string,
	caller: Caller,
	message: UserBroadcast
): Promise<void> {
	try {
		const writable = await hub.authorizer.writable(topic, caller, ['persistence']);
		if (writable.has('persistence')) await storeBroadcast(hub, topic, message);
	} catch (error) {
		const text = `${topic}: ${String(error)}`;
		hub.log({ level: 'error', code: 'UnableToPersistBroadcast', message: text });
	}
}

import type { Sql } from '../sessions.ts';
import { broadcastAsText } from './broadcast.ts';
import type { Channel } from './channel.ts';
import { encodeUserBroadcast, isRecord } from './frames.ts';
import type { UserBroadcast } from './frames.ts';

export interface ReplayRequest {
	since: number;
	limit: number;
}

/** Null when the parameters are not valid. */
export function parseReplay(asked: unknown, maximum: number): ReplayRequest | null {
	if (!isRecord(asked)) return null;
	const { since, limit = maximum } = asked;
	if (!Number.isSafeInteger(since) || !Number.isSafeInteger(limit)) return null;
	return { since: Number(since), limit: Math.min(Math.max(Number(limit), 1), maximum) };
}

/** The newest stored broadcasts of a private topic, oldest first. */
export async function readReplay(
	sql: Sql,
	topic: string,
	{ since, limit }: ReplayRequest
): Promise<UserBroadcast[]> {
	const rows = await sql<
		{ id: string; event: string; payload: string | null; bytes: Buffer | null }[]
	>`
		select id, event, payload::text, binary_payload as bytes
		from realtime.messages
		where topic = ${topic} and private and extension = 'broadcast' and event is not null
			and (payload is not null or binary_payload is not null)
			and inserted_at >= to_timestamp(${since}::float8 / 1000) at time zone 'utc'
			and inserted_at < timezone('utc', now()) + interval '1 minute'
		order by messages.inserted_at desc, messages.xmin::text::bigint desc,
			messages.cmin::text::bigint desc, messages.ctid desc
		limit ${limit}`;
	return rows.reverse().map(({ id, event, payload, bytes }) => ({
		event,
		encoding: bytes ? 'binary' : 'json',
		body: bytes ?? Buffer.from(payload ?? 'null'),
		meta: { replayed: true, id }
	}));
}

/** Unlike live ones, replayed JSON broadcasts are text and belong to the channel. */
export function sendReplayed(channel: Channel, message: UserBroadcast): void {
	const { socket, topic, joinRef } = channel;
	if (message.encoding === 'json') {
		socket.write(broadcastAsText(socket.version, topic, joinRef, message));
		return;
	}
	const data = socket.version === '2.0.0' ? encodeUserBroadcast(topic, message) : null;
	if (data) socket.write({ data, binary: true });
}

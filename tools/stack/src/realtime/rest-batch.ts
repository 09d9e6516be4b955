import { isRecord } from './frames.ts';
import { fitsPayload } from './hub.ts';
import type { Hub } from './hub.ts';
import type { Broadcast } from './broadcast.ts';
import type { Room } from './rooms.ts';
import { topicProblem } from './topic-name.ts';

export interface BatchMessage {
	room: Room;
	broadcast: Broadcast;
}

type Problems = Record<string, string[]>;

/** The messages of a batch, or what is wrong with it: one bad message refuses all. */
export function parseBatch(
	hub: Hub,
	body: Buffer
): { messages: BatchMessage[] } | { errors: string[] | Problems[] } {
	const list = readList(body);
	if (!Array.isArray(list) || list.length === 0) return { errors: ["can't be blank"] };
	const messages: BatchMessage[] = [];
	const errors = list.map((item: unknown) => {
		const parsed = parseMessage(hub, item);
		if ('problems' in parsed) return parsed.problems;
		messages.push(parsed);
		return {};
	});
	return messages.length === list.length ? { messages } : { errors };
}

function readList(body: Buffer): unknown {
	try {
		const parsed: unknown = JSON.parse(body.toString());
		return isRecord(parsed) ? parsed.messages : undefined;
	} catch {
		// No JSON, no messages: the caller is told that they are missing.
		return undefined;
	}
}

function parseMessage(hub: Hub, item: unknown): BatchMessage | { problems: Problems } {
	const { topic, event, payload, id, private: asked = false } = isRecord(item) ? item : {};
	const problems: Problems = {
		...textProblem('topic', topic),
		...textProblem('event', event),
		...(payload == null ? { payload: ["can't be blank"] } : {})
	};
	if (payload != null && !isRecord(payload)) problems.payload = ['is invalid'];
	if (typeof topic === 'string' && topic !== '' && topicProblem(topic))
		problems.topic = ['is invalid'];
	const isPrivate = asBoolean(asked);
	if (isPrivate === null) problems.private = ['is invalid'];
	const meta = typeof id === 'string' && id !== '' ? { meta: { id } } : {};
	const broadcast: Broadcast = {
		form: 'value',
		payload: { event, payload, type: 'broadcast', ...meta }
	};
	if (!problems.payload && !fitsPayload(hub, broadcast)) {
		problems.payload = ['Payload size exceeds tenant limit'];
	}
	if (typeof topic !== 'string' || Object.keys(problems).length > 0) return { problems };
	return { room: { name: topic, private: isPrivate === true }, broadcast };
}

function textProblem(name: string, value: unknown): Problems {
	if (value == null || value === '') return { [name]: ["can't be blank"] };
	return typeof value === 'string' ? {} : { [name]: ['is invalid'] };
}

function asBoolean(value: unknown): boolean | null {
	if (value === true || value === 'true' || value === 1 || value === '1') return true;
	if (value === false || value === 'false' || value === 0 || value === '0') return false;
	return value === null ? false : null;
}

export type Version = '1.0.0' | '2.0.0';
export type Ref = string | null;

/** A broadcast whose payload is carried as bytes and never re-encoded. */
export interface UserBroadcast {
	event: string;
	encoding: 'json' | 'binary';
	body: Buffer;
	meta?: Record<string, unknown>;
}

export interface Frame {
	joinRef: Ref;
	ref: Ref;
	topic: string;
	event: string;
	payload: unknown;
	/** Set for the binary form of `broadcast`, which has no other payload. */
	broadcast?: UserBroadcast;
	/** The broadcast is to be stored for replay. */
	persist?: boolean;
}

export class MalformedFrame extends Error {}

const kinds = { push: 0, userBroadcastPush: 3, userBroadcast: 4 };
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeFrame(data: Buffer, binary: boolean, version: Version): Frame {
	if (binary) {
		if (version === '1.0.0') throw new MalformedFrame('binary frame on a 1.0.0 socket');
		return decodeBinary(data);
	}
	const message = parseJson(data);
	if (version === '2.0.0') {
		if (!Array.isArray(message) || message.length < 5) {
			throw new MalformedFrame('not an array of five');
		}
		const [joinRef, ref, topic, event, payload] = message as unknown[];
		return frame(joinRef, ref, topic, event, payload);
	}
	if (!isRecord(message) || !['topic', 'event', 'payload', 'ref'].every((key) => key in message)) {
		throw new MalformedFrame('topic, event, payload and ref are required');
	}
	const { join_ref: joinRef, ref, topic, event, payload } = message;
	return frame(joinRef, ref, topic, event, payload);
}

function decodeBinary(data: Buffer): Frame {
	switch (data[0]) {
		case kinds.push: {
			const [joinRef, ref, topic, event] = splitFields(data, 4, 5).fields;
			return frame(joinRef || null, ref || null, topic, event, undefined);
		}
		case kinds.userBroadcastPush:
			return decodeUserBroadcast(data);
		default:
			throw new MalformedFrame(`unknown binary kind ${data[0] ?? 'of an empty frame'}`);
	}
}

function decodeUserBroadcast(data: Buffer): Frame {
	const { fields, body } = splitFields(data, 5, 7);
	const [joinRef, ref, topic, event, metadata] = fields;
	if (!event) throw new MalformedFrame('broadcast without an event');
	const options = metadata ? parseJson(metadata) : null;
	const encoding = data[6] === 0 ? 'binary' : 'json';
	// Receivers get these bytes unparsed: one bad sender must not break every reader.
	if (encoding === 'json') parseJson(body);
	const decoded = frame(joinRef || null, ref || null, topic, 'broadcast', undefined);
	const persist = isRecord(options) && Boolean(options.persist);
	return { ...decoded, broadcast: { event, encoding, body }, persist };
}

/** Cuts `count` fields whose one-byte lengths follow the kind; `start` is where the first begins. */
function splitFields(data: Buffer, count: number, start: number) {
	const fields: string[] = [];
	let offset = start;
	for (let index = 0; index < count; index++) {
		const end = offset + (data[1 + index] ?? 0);
		if (end > data.length) throw new MalformedFrame('lengths exceed the frame');
		fields.push(text(data.subarray(offset, end)));
		offset = end;
	}
	if (data.length < start) throw new MalformedFrame('lengths exceed the frame');
	return { fields, body: data.subarray(offset) };
}

function frame(
	joinRef: unknown,
	ref: unknown,
	topic: unknown,
	event: unknown,
	payload: unknown
): Frame {
	if (typeof topic !== 'string' || typeof event !== 'string') {
		throw new MalformedFrame('topic and event must be strings');
	}
	return { joinRef: asRef(joinRef), ref: asRef(ref), topic, event, payload };
}

function asRef(value: unknown): Ref {
	if (value === null || value === undefined) return null;
	if (typeof value === 'string') return value;
	if (typeof value === 'number') return String(value);
	throw new MalformedFrame('a ref must be a string');
}

function parseJson(source: Buffer | string): unknown {
	try {
		return JSON.parse(typeof source === 'string' ? source : utf8.decode(source));
	} catch (cause) {
		throw new MalformedFrame('not JSON', { cause });
	}
}

function text(bytes: Buffer): string {
	try {
		return utf8.decode(bytes);
	} catch (cause) {
		throw new MalformedFrame('not UTF-8', { cause });
	}
}

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** 1.0.0 frames from the server never carry a join_ref. */
export function encodeFrame(version: Version, frame: Omit<Frame, 'broadcast'>): string {
	const { joinRef, ref, topic, event, payload } = frame;
	return version === '2.0.0'
		? JSON.stringify([joinRef, ref, topic, event, payload])
		: JSON.stringify({ topic, event, payload, ref });
}

/** A frame of the server's whose payload is JSON already. */
export function rawFrame(
	version: Version,
	joinRef: Ref,
	topic: string,
	event: string,
	payload: string
): string {
	const [name, kind] = [JSON.stringify(topic), JSON.stringify(event)];
	return version === '2.0.0'
		? `[${JSON.stringify(joinRef)},null,${name},${kind},${payload}]`
		: `{"topic":${name},"event":${kind},"payload":${payload},"ref":null}`;
}

/** Kind 4, or null when a field does not fit its one-byte length. */
export function encodeUserBroadcast(topic: string, message: UserBroadcast): Buffer | null {
	const fields = [
		Buffer.from(topic),
		Buffer.from(message.event),
		Buffer.from(message.meta ? JSON.stringify(message.meta) : '')
	];
	if (fields.some((field) => field.length > 255)) return null;
	const header = [
		kinds.userBroadcast,
		...fields.map((field) => field.length),
		message.encoding === 'json' ? 1 : 0
	];
	return Buffer.concat([Buffer.from(header), ...fields, message.body]);
}

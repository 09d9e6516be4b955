import { toJson } from './to-json.ts';

/** A frame of the Phoenix protocol 2.0.0 as Supabase Realtime speaks it. */
export interface Frame {
	joinRef: string | null;
	ref: string | null;
	topic: string;
	event: string;
	payload: unknown;
}

const userBroadcast = 4;
const headerLength = 5;
const utf8 = new TextDecoder();

export function encodeFrame({ joinRef, ref, topic, event, payload }: Frame): string {
	return toJson([joinRef, ref, topic, event, payload]);
}

/** Null for what this client has no use for; throws on what is not a frame at all. */
export function decodeFrame(raw: string | ArrayBuffer): Frame | null {
	return typeof raw === 'string' ? decodeText(raw) : decodeBinary(new Uint8Array(raw));
}

function decodeText(raw: string): Frame | null {
	const parts: unknown = JSON.parse(raw);
	if (!Array.isArray(parts)) return null;
	const [joinRef, ref, topic, event, payload] = parts as unknown[];
	if (typeof topic !== 'string' || typeof event !== 'string') return null;
	return { joinRef: text(joinRef), ref: text(ref), topic, event, payload };
}

/** Kind 4: `04 | len(topic) | len(event) | len(metadata) | 1 = JSON | topic | event | metadata | payload`. */
function decodeBinary(bytes: Uint8Array): Frame | null {
	const [kind, topicLength = 0, eventLength = 0, metadataLength = 0, isJson] = bytes;
	if (kind !== userBroadcast || isJson !== 1) return null;
	const eventAt = headerLength + topicLength;
	const metadataAt = eventAt + eventLength;
	const topic = utf8.decode(bytes.subarray(headerLength, eventAt));
	const event = utf8.decode(bytes.subarray(eventAt, metadataAt));
	const payload: unknown = JSON.parse(utf8.decode(bytes.subarray(metadataAt + metadataLength)));
	return { joinRef: null, ref: null, topic, event: 'broadcast', payload: { event, payload } };
}

function text(ref: unknown): string | null {
	return typeof ref === 'string' ? ref : null;
}

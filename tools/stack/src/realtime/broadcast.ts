import { encodeFrame, encodeUserBroadcast, rawFrame } from './frames.ts';
import type { Frame, Ref, UserBroadcast, Version } from './frames.ts';

/** Text pushes and batch REST are forwarded as the value they came as; all else travels as bytes. */
export type Broadcast =
	{ form: 'bytes'; message: UserBroadcast } | { form: 'value'; payload: unknown };

export interface Encoded {
	data: Buffer;
	binary: boolean;
}

/** One outgoing message, encoded at most once per serializer version however many receive it. */
export class Outgoing {
	readonly #encode: (version: Version) => Encoded | null;
	readonly #encoded = new Map<Version, Encoded | null>();

	constructor(encode: (version: Version) => Encoded | null) {
		this.#encode = encode;
	}

	/** Null when this version cannot carry the message. */
	for(version: Version): Encoded | null {
		let encoded = this.#encoded.get(version);
		if (encoded === undefined) {
			encoded = this.#encode(version);
			this.#encoded.set(version, encoded);
		}
		return encoded;
	}
}

export function outgoingFrame(frame: Omit<Frame, 'broadcast'>): Outgoing {
	return new Outgoing((version) => textFrame(encodeFrame(version, frame)));
}

export function outgoingBroadcast(topic: string, broadcast: Broadcast): Outgoing {
	if (broadcast.form === 'value') {
		const { payload } = broadcast;
		return outgoingFrame({ joinRef: null, ref: null, topic, event: 'broadcast', payload });
	}
	const { message } = broadcast;
	return new Outgoing((version) => {
		const bytes = version === '2.0.0' ? encodeUserBroadcast(topic, message) : null;
		if (bytes) return { data: bytes, binary: true };
		return message.encoding === 'json' ? broadcastAsText(version, topic, null, message) : null;
	});
}

/** A JSON broadcast as a text frame; the body goes in as it is. */
export function broadcastAsText(
	version: Version,
	topic: string,
	joinRef: Ref,
	{ event, body, meta }: UserBroadcast
): Encoded {
	const tail = meta ? `,"meta":${JSON.stringify(meta)}` : '';
	const payload = `{"event":${JSON.stringify(event)},"payload":${body.toString()},"type":"broadcast"${tail}}`;
	return textFrame(rawFrame(version, joinRef, topic, 'broadcast', payload));
}

function textFrame(json: string): Encoded {
	return { data: Buffer.from(json), binary: false };
}

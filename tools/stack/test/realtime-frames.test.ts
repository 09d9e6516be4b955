import { describe, expect, it } from 'vitest';
import { outgoingBroadcast } from '../src/realtime/broadcast.ts';
import {
	decodeFrame,
	encodeFrame,
	encodeUserBroadcast,
	MalformedFrame
} from '../src/realtime/frames.ts';
import { RateMeter } from '../src/realtime/rate-meter.ts';
import { binaryPush, userBroadcastPush } from './support/raw-socket.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('decoding', () => {
	it('reads the JSON push that realtime-js sends', () => {
		const frame = decodeFrame(
			hex('0301010f02000136377265616c74696d653a726f6f6d3a3165767b2261223a317d'),
			true,
			'2.0.0'
		);
		expect(frame).toMatchObject({ joinRef: '6', ref: '7', topic: 'realtime:room:1' });
		expect(frame.event).toBe('broadcast');
		expect(frame.broadcast).toMatchObject({ event: 'ev', encoding: 'json' });
		expect(frame.broadcast?.body.toString()).toBe('{"a":1}');
	});

	it('reads the binary push that realtime-js sends', () => {
		const frame = decodeFrame(
			hex('0301010f02000036387265616c74696d653a726f6f6d3a3165760102ff'),
			true,
			'2.0.0'
		);
		expect(frame).toMatchObject({ joinRef: '6', ref: '8', topic: 'realtime:room:1' });
		expect(frame.broadcast).toMatchObject({ event: 'ev', encoding: 'binary' });
		expect(frame.broadcast?.body).toEqual(hex('0102ff'));
	});

	it('reads a kind 0 push', () => {
		const push = binaryPush('realtime:a', 'phx_leave', '2', '1');
		expect(decodeFrame(push, true, '2.0.0')).toMatchObject({
			joinRef: '1',
			ref: '2',
			topic: 'realtime:a',
			event: 'phx_leave'
		});
	});

	it('counts lengths in bytes, not characters', () => {
		const push = userBroadcastPush('realtime:кімната 🙂', 'подія', '{"т":"é"}');
		const frame = decodeFrame(push, true, '2.0.0');
		expect(frame.topic).toBe('realtime:кімната 🙂');
		expect(frame.broadcast?.event).toBe('подія');
	});

	it('ignores elements beyond the fifth and a missing join_ref', () => {
		const long = Buffer.from('["1","2","t","e",{},"more"]');
		expect(decodeFrame(long, false, '2.0.0')).toMatchObject({ joinRef: '1', topic: 't' });
		const heartbeat = Buffer.from('{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"3"}');
		expect(decodeFrame(heartbeat, false, '1.0.0')).toMatchObject({ joinRef: null, ref: '3' });
	});

	it.each([
		['no JSON', Buffer.from('hello'), false, '2.0.0'],
		['an object on 2.0.0', Buffer.from('{"topic":"a"}'), false, '2.0.0'],
		['an array on 1.0.0', Buffer.from('["1","2","t","e",{}]'), false, '1.0.0'],
		['four elements', Buffer.from('["1","2","t","e"]'), false, '2.0.0'],
		['a topic that is no string', Buffer.from('["1","2",{},"e",{}]'), false, '2.0.0'],
		['a ref that is an object', Buffer.from('["1",{},"t","e",{}]'), false, '2.0.0'],
		[
			'a missing payload on 1.0.0',
			Buffer.from('{"topic":"a","event":"b","ref":"1"}'),
			false,
			'1.0.0'
		],
		['null', Buffer.from('null'), false, '1.0.0'],
		['invalid UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), false, '2.0.0'],
		['an empty binary frame', Buffer.alloc(0), true, '2.0.0'],
		['a lone kind byte', Buffer.from([3]), true, '2.0.0'],
		['a kind only servers send', Buffer.from([4, 0, 0, 0, 0]), true, '2.0.0'],
		['lengths beyond the frame', Buffer.from([3, 255, 255, 255, 255, 255, 1, 1]), true, '2.0.0'],
		['a topic that is not UTF-8', Buffer.from([3, 0, 0, 1, 1, 0, 0, 0xff, 0x61]), true, '2.0.0'],
		['JSON that is none', userBroadcastPush('realtime:a', 'e', '{"a":'), true, '2.0.0'],
		['no event', userBroadcastPush('realtime:a', '', '{}'), true, '2.0.0'],
		[
			'metadata that is no JSON',
			userBroadcastPush('t', 'e', '{}', { metadata: '{' }),
			true,
			'2.0.0'
		],
		['binary on 1.0.0', userBroadcastPush('realtime:a', 'e', '{}'), true, '1.0.0']
	] as const)('refuses %s', (_, data, binary, version) => {
		expect(() => decodeFrame(data, binary, version)).toThrow(MalformedFrame);
	});

	it('never throws anything else, whatever the bytes', () => {
		let seed = 7;
		const random = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648);
		for (let round = 0; round < 5000; round++) {
			const data = Buffer.from(Array.from({ length: random() % 40 }, () => random() % 256));
			if (data.length > 0 && round % 2) data[0] = [0, 3][round % 4 === 1 ? 0 : 1] ?? 0;
			try {
				decodeFrame(data, round % 3 > 0, '2.0.0');
			} catch (error) {
				expect(error).toBeInstanceOf(MalformedFrame);
			}
		}
	});
});

describe('encoding', () => {
	it('writes the frames realtime-js reads', () => {
		const topic = 'realtime:room:1';
		const meta = { id: '0190a5b0-0000-7000-8000-000000000000' };
		const json = encodeUserBroadcast(topic, {
			event: 'ev',
			encoding: 'json',
			body: Buffer.from('{"a":1}'),
			meta
		});
		expect(json).toEqual(
			Buffer.concat([
				hex('040f022d01 7265616c74696d653a726f6f6d3a31 6576'),
				Buffer.from(JSON.stringify(meta)),
				hex('7b2261223a317d')
			])
		);
		const binary = encodeUserBroadcast(topic, {
			event: 'ev',
			encoding: 'binary',
			body: hex('0102ff')
		});
		expect(binary).toEqual(hex('040f020000 7265616c74696d653a726f6f6d3a31 6576 0102ff'));
	});

	it('leaves join_ref out of 1.0.0 frames', () => {
		const frame = { joinRef: '1', ref: '2', topic: 't', event: 'e', payload: {} };
		expect(JSON.parse(encodeFrame('1.0.0', frame))).toEqual({
			topic: 't',
			event: 'e',
			payload: {},
			ref: '2'
		});
		expect(JSON.parse(encodeFrame('2.0.0', frame))).toEqual(['1', '2', 't', 'e', {}]);
	});

	it('sends JSON as text when a field is too long for the binary form', () => {
		const message = {
			event: 'e'.repeat(256),
			encoding: 'json' as const,
			body: Buffer.from('{"a":1}')
		};
		const encoded = outgoingBroadcast('realtime:a', { form: 'bytes', message }).for('2.0.0');
		expect(encoded?.binary).toBe(false);
		expect(JSON.parse(encoded?.data.toString() ?? '')).toEqual([
			null,
			null,
			'realtime:a',
			'broadcast',
			{ event: message.event, payload: { a: 1 }, type: 'broadcast' }
		]);
	});

	it('encodes once per version and has nothing binary for 1.0.0', () => {
		const message = { event: 'e', encoding: 'binary' as const, body: hex('00') };
		const outgoing = outgoingBroadcast('realtime:a', { form: 'bytes', message });
		expect(outgoing.for('2.0.0')).toBe(outgoing.for('2.0.0'));
		expect(outgoing.for('1.0.0')).toBeNull();
	});
});

describe('the rate meter', () => {
	it('averages over the last minute and forgets', () => {
		let now = 0;
		const meter = new RateMeter(10, { now: () => now });
		meter.add(600);
		expect(meter.exceeded).toBe(false); // the current five seconds do not count yet
		now = 5000;
		expect(meter.average()).toBe(10);
		expect(meter.exceeded).toBe(true);
		now = 65_000;
		expect(meter.average()).toBe(0);
		expect(meter.exceeded).toBe(false);
	});
});

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { attempt, secondsOf } from './attempt.ts';
import { isPublic, pinAddress } from '../../_shared/public-address.ts';

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

async function serve(listener: RequestListener): Promise<string> {
	const server = createServer(listener);
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	closers.push(() => {
		server.closeAllConnections();
		server.close();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

const delivery = (url: string) => ({
	...{ id: 'd', event_id: 'e', url, body: '{}' },
	secrets: [`whsec_${btoa('a secret')}`]
});
const local = { allowLoopback: true, timeoutMs: 300 };

describe('addresses', () => {
	it.each([
		...['127.0.0.1', '127.8.8.8', '0.0.0.0', '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1'],
		...[
			'169.254.169.254',
			'192.0.0.192',
			'198.18.0.1',
			'224.0.0.1',
			'255.255.255.255',
			'168.63.129.16'
		],
		...['::', '::1', 'fe80::1', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '::ffff:127.0.0.1'],
		...[
			'::ffff:169.254.169.254',
			'::ffff:a00:1',
			'64:ff9b::7f00:1',
			'2002:7f00:1::',
			'2001::1',
			'2001:db8::1'
		],
		...['not an address', '']
	])('%s is not public', (address) => {
		expect(isPublic(address)).toBe(false);
	});

	it.each(['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '::ffff:8.8.8.8'])(
		'%s is public',
		(address) => {
			expect(isPublic(address)).toBe(true);
		}
	);

	it('are looked up once, and a name with one private address is refused', async () => {
		const asked: string[] = [];
		const resolve = (addresses: string[]) => (host: string) => {
			asked.push(host);
			return Promise.resolve(addresses);
		};
		expect(await pinAddress('a.test', { resolve: resolve(['8.8.8.8', '1.1.1.1']) })).toBe(
			'8.8.8.8'
		);
		await expect(
			pinAddress('b.test', { resolve: resolve(['8.8.8.8', '10.0.0.1']) })
		).rejects.toThrow('not public');
		await expect(pinAddress('c.test', { resolve: resolve([]) })).rejects.toThrow('no address');
		expect(asked).toEqual(['a.test', 'b.test', 'c.test']);
		// The forms that a URL gives to other spellings of this machine.
		for (const url of [
			'http://2130706433/',
			'http://0x7f.1/',
			'http://[::ffff:127.0.0.1]/',
			'http://017700000001/'
		]) {
			await expect(pinAddress(new URL(url).hostname, {})).rejects.toThrow('not public');
		}
	});
});

describe('a try', () => {
	it('of an endpoint that hangs ends in time', async () => {
		const url = await serve(() => undefined);
		const outcome = await attempt(delivery(url), local);
		expect(outcome).toEqual({
			latency_ms: expect.any(Number) as number,
			error: 'No answer within 0.3 s.'
		});
	});

	it('of an endpoint that begins an answer and never ends it ends in time', async () => {
		const url = await serve((_, response) => response.writeHead(200).write('half'));
		expect((await attempt(delivery(url), local)).error).toContain('No answer');
	});

	it('reads no more of an endless answer than it keeps', async () => {
		const url = await serve((_, response) => {
			response.writeHead(200);
			const pour = () => {
				while (!response.destroyed && response.write('ї'.repeat(1_000)));
				response.once('drain', pour);
			};
			pour();
		});
		const outcome = await attempt(delivery(url), { ...local, timeoutMs: 5_000 });
		expect(outcome.response_code).toBe(200);
		expect(outcome.response_excerpt).toBe('ї'.repeat(1_000));
	});

	it('follows redirects that keep the request, a few, within the time of one try', async () => {
		const asked: string[] = [];
		const url = await serve((request, response) => {
			const { url: path = '', method } = request;
			asked.push(`${method} ${path}`);
			const to: Record<string, string> = { '/hook': '/2', '/2': '3?a=b', '/loop': '/loop' };
			const location = to[path];
			if (path === '/slow')
				setTimeout(() => response.writeHead(307, { location: '/slow' }).end(), 120);
			else response.writeHead(location ? 308 : 200, location ? { location } : {}).end();
		});
		expect(await attempt(delivery(url), local)).toMatchObject({ response_code: 200 });
		expect(asked).toEqual(['POST /hook', 'POST /2', 'POST /3?a=b']);
		const errorOf = async (path: string) =>
			(await attempt(delivery(new URL(path, url).href), local)).error;
		expect(await errorOf('/loop')).toBe('There were too many redirects.');
		expect(await errorOf('/slow')).toBe('No answer within 0.3 s.');
	});

	it.each([
		['http://example.com/', 'without https'],
		['ftp://example.com/', 'without https'],
		['https://10.0.0.1/', 'not public'],
		['https://', 'no address']
	])('does not follow a redirect to %s', async (location, error) => {
		const url = await serve((_, response) => response.writeHead(308, { location }).end());
		const outcome = await attempt(delivery(url), local);
		expect(outcome.error).toContain(error);
	});

	it('of nobody says so', async () => {
		const url = await serve(() => undefined);
		closers.splice(0).forEach((close) => close());
		expect((await attempt(delivery(url), local)).error).toContain('ECONNREFUSED');
	});

	it('goes nowhere private when that is not allowed', async () => {
		let asked = false;
		const url = await serve((_, response) => {
			asked = true;
			response.end();
		});
		const outcome = await attempt(delivery(url), { allowLoopback: false });
		expect(outcome.error).toContain('not public');
		expect(asked).toBe(false);
	});
});

it('Retry-After is seconds or a date', () => {
	const now = Date.parse('2026-01-01T00:00:00Z');
	expect(secondsOf('120', now)).toBe(120);
	expect(secondsOf('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60);
	expect(secondsOf('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
	expect(secondsOf('soon', now)).toBeUndefined();
});

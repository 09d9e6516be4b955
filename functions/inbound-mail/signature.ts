import { Buffer } from 'node:buffer';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { NotSigned } from './inbound.ts';

/** Compares without telling by the time it takes how much of it was right. */
export function sameSecret(given: string, expected: string): boolean {
	const hash = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(hash(given), hash(expected));
}

/** Seconds; a captured request is worth nothing afterwards. */
const tolerance = 15 * 60;

export function requireFresh(timestamp: string, now = Date.now()): void {
	const seconds = Number(timestamp);
	if (!Number.isFinite(seconds) || Math.abs(now / 1000 - seconds) > tolerance) {
		throw new NotSigned('The signature is too old.');
	}
}

export const hmac = (key: string | Uint8Array, text: string, encoding: 'hex' | 'base64') =>
	createHmac('sha256', key).update(text).digest(encoding);

/** Standard Webhooks, under the names that Svix gives its headers (docs.svix.com/receiving/verifying-payloads/how-manual). */
export function requireSvix(headers: Headers, body: string, secret: string): void {
	const header = (name: string) => headers.get(`svix-${name}`) ?? headers.get(`webhook-${name}`);
	const [id, timestamp, signatures] = [header('id'), header('timestamp'), header('signature')];
	if (!id || !timestamp || !signatures) throw new NotSigned('There is no signature.');
	requireFresh(timestamp);
	const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
	const expected = hmac(key, `${id}.${timestamp}.${body}`, 'base64');
	const good = signatures.split(' ').some((signature) => {
		const [version, value = ''] = signature.split(',');
		return version === 'v1' && sameSecret(value, expected);
	});
	if (!good) throw new NotSigned('The signature does not fit.');
}

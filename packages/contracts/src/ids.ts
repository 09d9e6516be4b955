/** Milliseconds in 4096ths, of the id made last. */
let newest = 0;

/**
 * UUID version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, 12 that count within one of them, then random bits.
 * Made by the client, it is both the primary key and the idempotency key of what it names. Each is greater than
 * the one before, also in the same millisecond and when the clock is put back: their order is that of writing.
 */
export function uuidv7(now: number = Date.now()): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	newest = Math.max(now * 4096, newest + 1);
	const count = newest % 4096;
	let rest = (newest - count) / 4096;
	for (let i = 5; i >= 0; i--) {
		bytes[i] = rest % 256;
		rest = Math.floor(rest / 256);
	}
	bytes[6] = 0x70 | (count >> 8);
	bytes[7] = count;
	bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
	const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

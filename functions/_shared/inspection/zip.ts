import { AppError } from '@chatiq/contracts/errors';
import { ByteReader, text, view } from './byte-reader.ts';
import { inflate } from './inflate.ts';

export interface ZipEntry {
	name: string;
	packed: number;
	unpacked: number;
	/** 0 stored, 8 deflated. */
	method: number;
	encrypted: boolean;
	/** Where its own header stands. */
	at: number;
}

export type Open = () => Promise<ReadableStream<Uint8Array>>;

const tailLength = 1_048_576;
const maxEntries = 5000;
const maxUnpacked = 200_000_000;
const maxRatio = 200;
const endLength = 22;

/** The list at the end of an archive. Sizes are compared with limits, nothing is unpacked. */
export async function readZipEntries(reader: ByteReader): Promise<ZipEntry[]> {
	const tail = await lastBytes(reader);
	const start = reader.position - tail.length;
	const at = text(tail).lastIndexOf('PK\x05\x06');
	if (at === -1 || at + endLength > tail.length) throw new AppError('file_damaged');
	const end = view(tail.subarray(at));
	const count = end.getUint16(10, true);
	const from = end.getUint32(16, true) - start;
	// A list this long, or the 64-bit form of it, has no place in 10 MB.
	if (from < 0 || count > maxEntries) throw new AppError('file_type_refused');
	const entries: ZipEntry[] = [];
	for (let place = from; entries.length < count;) {
		const { entry, next } = readEntry(tail, place);
		entries.push(entry);
		place = next;
	}
	checkSizes(entries);
	return entries;
}

function readEntry(tail: Uint8Array, at: number): { entry: ZipEntry; next: number } {
	if (at + 46 > tail.length || text(tail.subarray(at, at + 4)) !== 'PK\x01\x02') {
		throw new AppError('file_damaged');
	}
	const head = view(tail.subarray(at, at + 46));
	const nameEnd = at + 46 + head.getUint16(28, true);
	return {
		entry: {
			name: text(tail.subarray(at + 46, nameEnd)),
			packed: head.getUint32(20, true),
			unpacked: head.getUint32(24, true),
			method: head.getUint16(10, true),
			encrypted: (head.getUint16(8, true) & 1) === 1,
			at: head.getUint32(42, true)
		},
		next: nameEnd + head.getUint16(30, true) + head.getUint16(32, true)
	};
}

function checkSizes(entries: readonly ZipEntry[]): void {
	const unpacked = entries.reduce((sum, entry) => sum + entry.unpacked, 0);
	const packed = entries.reduce((sum, entry) => sum + entry.packed, 0);
	const bomb = unpacked > 1_000_000 && unpacked > packed * maxRatio;
	if (unpacked > maxUnpacked || bomb) throw new AppError('file_type_refused');
}

async function lastBytes(reader: ByteReader): Promise<Uint8Array> {
	let tail = new Uint8Array(0);
	for (let part = await reader.next(); part; part = await reader.next()) {
		const joined = new Uint8Array(tail.length + part.length);
		joined.set(tail);
		joined.set(part, tail.length);
		// Cut only when twice too long: copying the tail for each part would cost more than reading.
		tail = joined.length > 2 * tailLength ? joined.slice(-tailLength) : joined;
	}
	return tail;
}

/** The text of one entry, at most a megabyte of it. */
export async function readZipText(open: Open, entry: ZipEntry): Promise<string> {
	if (entry.packed > 1_000_000) throw new AppError('file_type_refused');
	const reader = new ByteReader(await open());
	try {
		await reader.skip(entry.at);
		const head = view(await reader.read(30));
		await reader.skip(head.getUint16(26, true) + head.getUint16(28, true));
		const content = await reader.read(entry.packed);
		if (entry.method === 0) return text(content);
		if (entry.method !== 8) throw new AppError('file_type_refused');
		const unpacked = inflate(content, 'deflate-raw');
		if (!unpacked) throw new AppError('file_damaged');
		return text(unpacked);
	} finally {
		await reader.close();
	}
}

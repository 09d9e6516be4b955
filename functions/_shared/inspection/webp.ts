import { AppError } from '@chatiq/contracts/errors';
import { type ByteReader, text, view } from './byte-reader.ts';
import { checkSize, type Image } from './image.ts';
import { Plan } from './rewrite.ts';

const kept = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);
const exifFlag = 0x08;
const xmpFlag = 0x04;
const headLength = 12;

interface Size {
	width: number;
	height: number;
}

/** Keeps the picture, its movement and its colours; Exif, XMP, unknown chunks and what follows the end go. */
export async function readWebp(reader: ByteReader): Promise<Image> {
	const head = await reader.read(headLength);
	if (!/^RIFF[^]{4}WEBP$/.test(text(head))) throw new AppError('file_damaged');
	const end = view(head).getUint32(4, true) + 8;
	const plan = new Plan();
	let size: Size | null = null;
	while (reader.position < end) {
		const from = reader.position;
		const { type, found, head: changed } = await chunk(reader);
		size ??= found;
		if (changed) {
			plan.put(changed);
			plan.keep(from + changed.length, reader.position);
		} else if (kept.has(type)) plan.keep(from, reader.position);
	}
	if (reader.position !== end || !size) throw new AppError('file_damaged');
	checkSize(size.width, size.height);
	const whole = new Plan();
	whole.put(riffHead(plan.size));
	for (const part of plan.parts) whole.parts.push(part);
	return { ...size, plan: whole };
}

function riffHead(contentSize: number): Uint8Array {
	const bytes = new TextEncoder().encode('RIFF\0\0\0\0WEBP');
	view(bytes).setUint32(4, contentSize + 4, true);
	return bytes;
}

/** One chunk; `head` is how its beginning has to read from now on, where it names what was dropped. */
async function chunk(reader: ByteReader) {
	const head = await reader.read(8);
	const type = text(head.subarray(0, 4));
	const length = view(head).getUint32(4, true);
	const start = await reader.read(Math.min(length, 10));
	await reader.skip(length - start.length + (length % 2));
	const found = sizeIn(type, start);
	if (type !== 'VP8X') return { type, found, head: null };
	const changed = Uint8Array.from([...head, ...start]);
	changed[8] = (changed[8] ?? 0) & ~(exifFlag | xmpFlag);
	return { type, found, head: changed };
}

function sizeIn(type: string, start: Uint8Array): Size | null {
	if (!['VP8X', 'VP8L', 'VP8 '].includes(type)) return null;
	if (start.length < (type === 'VP8L' ? 5 : 10)) throw new AppError('file_damaged');
	const data = view(start);
	if (type === 'VP8X') {
		return {
			width: 1 + (data.getUint32(4, true) & 0xffffff),
			height: 1 + (data.getUint32(6, true) >>> 8)
		};
	}
	if (type === 'VP8L') {
		const bits = data.getUint32(1, true);
		return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
	}
	return { width: data.getUint16(6, true) & 0x3fff, height: data.getUint16(8, true) & 0x3fff };
}

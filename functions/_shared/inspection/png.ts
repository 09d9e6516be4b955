import { crc32 } from 'node:zlib';
import { AppError } from '@chatiq/contracts/errors';
import { type ByteReader, text, view } from './byte-reader.ts';
import { checkSize, type Image } from './image.ts';
import { Plan } from './rewrite.ts';

const signature = '\x89PNG\r\n\x1a\n';
const maxChunks = 20_000;

/** The picture, its colours, its movement. Texts, Exif, times and unknown chunks go. */
const kept = new Set(
	'IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs acTL fcTL fdAT'.split(' ')
);

export async function readPng(reader: ByteReader): Promise<Image> {
	const plan = new Plan();
	if (text(await reader.read(8)) !== signature) throw new AppError('file_damaged');
	plan.keep(0, 8);
	const size = { width: 0, height: 0 };
	for (let count = 0; ; count++) {
		if (count > maxChunks) throw new AppError('file_damaged');
		const from = reader.position;
		const type = await chunk(reader, (header) => Object.assign(size, header));
		if ((count === 0) !== (type === 'IHDR')) throw new AppError('file_damaged');
		if (kept.has(type)) plan.keep(from, reader.position);
		if (type === 'IEND') break;
	}
	checkSize(size.width, size.height);
	return { ...size, plan };
}

/** Reads one chunk and compares its checksum: a picture that was cut off or changed on the way is noticed. */
async function chunk(
	reader: ByteReader,
	onheader: (size: { width: number; height: number }) => void
): Promise<string> {
	const head = await reader.read(8);
	const length = view(head).getUint32(0);
	const type = text(head.subarray(4));
	let sum = crc32(head.subarray(4));
	const add = (bytes: Uint8Array) => {
		sum = crc32(bytes, sum);
	};
	if (type === 'IHDR' && length === 13) {
		const header = await reader.read(length);
		add(header);
		onheader({ width: view(header).getUint32(0), height: view(header).getUint32(4) });
	} else await reader.skip(length, add);
	if (view(await reader.read(4)).getUint32(0) !== sum) throw new AppError('file_damaged');
	return type;
}

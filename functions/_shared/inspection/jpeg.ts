import { AppError } from '@chatiq/contracts/errors';
import { type ByteReader, text, view } from './byte-reader.ts';
import { exifOrientation, orientationSegment } from './exif.ts';
import { checkSize, type Image } from './image.ts';
import { Plan } from './rewrite.ts';

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;
const applicationExif = 0xe1;
const maxSegments = 5000;

const isFrame = (marker: number) =>
	marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
/** Tables, frames, scans: what a picture is made of. JFIF, colour profile and Adobe's transform change how it looks. */
const isPicture = (marker: number) => marker >= 0xc0 && marker <= 0xdf;

/**
 * Keeps the picture and drops the rest: Exif with place and camera, XMP, IPTC, comments, embedded previews, and
 * whatever stands behind its end. Of Exif the orientation stays, or pictures of phones would lie on their side.
 */
export async function readJpeg(reader: ByteReader): Promise<Image> {
	const plan = new Plan();
	const size = { width: 0, height: 0 };
	let orientation = 1;
	if (text(await reader.read(2)) !== '\xff\xd8') throw new AppError('file_damaged');
	plan.keep(0, 2);
	let marker = await nextMarker(reader);
	for (let count = 0; marker !== endOfImage; count++) {
		if (marker === startOfImage || count > maxSegments) throw new AppError('file_damaged');
		const from = reader.position - 2;
		const content = await segment(reader);
		if (marker === applicationExif && orientation === 1) {
			orientation = exifOrientation(content);
			if (orientation !== 1) plan.put(orientationSegment(orientation));
		}
		if (isFrame(marker) && size.width === 0) Object.assign(size, frameSize(content));
		if (isPicture(marker) || changesLook(marker, content)) plan.keep(from, reader.position);
		marker = marker === startOfScan ? await scan(reader, plan) : await nextMarker(reader);
	}
	plan.keep(reader.position - 2, reader.position);
	checkSize(size.width, size.height);
	const lying = orientation >= 5;
	const { width, height } = size;
	return { width: lying ? height : width, height: lying ? width : height, plan };
}

function changesLook(marker: number, content: Uint8Array): boolean {
	const name = text(content.subarray(0, 12));
	if (marker === 0xe0) return name.startsWith('JFIF\0');
	if (marker === 0xe2) return name.startsWith('ICC_PROFILE\0');
	return marker === 0xee && name.startsWith('Adobe');
}

async function segment(reader: ByteReader): Promise<Uint8Array> {
	const length = view(await reader.read(2)).getUint16(0);
	if (length < 2) throw new AppError('file_damaged');
	return reader.read(length - 2);
}

function frameSize(content: Uint8Array): { width: number; height: number } {
	if (content.length < 6) throw new AppError('file_damaged');
	return { height: view(content).getUint16(1), width: view(content).getUint16(3) };
}

/** Markers may be preceded by any number of fill bytes; anything else between segments is no JPEG. */
async function nextMarker(reader: ByteReader): Promise<number> {
	if ((await reader.byte()) !== 0xff) throw new AppError('file_damaged');
	return afterFill(reader);
}

async function afterFill(reader: ByteReader): Promise<number> {
	let marker = await reader.byte();
	while (marker === 0xff) marker = await reader.byte();
	return marker;
}

/** The coded picture goes on to the first marker that is neither a stuffed byte nor a restart. */
async function scan(reader: ByteReader, plan: Plan): Promise<number> {
	const from = reader.position;
	for (;;) {
		await reader.skipThrough(0xff);
		const marker = await afterFill(reader);
		if (marker === 0 || isRestart(marker)) continue;
		plan.keep(from, reader.position - 2);
		return marker;
	}
}

import { crc32, deflateRawSync, deflateSync } from 'node:zlib';

/** Files made byte by byte, good and hostile: nothing of them comes from anywhere. */

const ascii = (text: string) => Buffer.from(text, 'latin1');
const bytes = (...values: number[]) => Buffer.from(values);
const u16 = (value: number) => bytes(value >> 8, value & 255);

const segment = (marker: number, content: Buffer) =>
	Buffer.concat([bytes(0xff, marker), u16(content.length + 2), content]);

/** Exif with an orientation and a place on earth. */
export function exif(orientation: number): Buffer {
	const tiff = Buffer.alloc(120);
	tiff.write('II*\0', 0, 'latin1');
	tiff.writeUInt32LE(8, 4);
	tiff.writeUInt16LE(2, 8);
	const entry = (at: number, tag: number, type: number, count: number, value: number) => {
		tiff.writeUInt16LE(tag, at);
		tiff.writeUInt16LE(type, at + 2);
		tiff.writeUInt32LE(count, at + 4);
		tiff.writeUInt32LE(value, at + 8);
	};
	entry(10, 0x0112, 3, 1, orientation);
	entry(22, 0x8825, 4, 1, 40);
	tiff.writeUInt16LE(1, 40);
	entry(42, 1, 2, 2, 0x4e);
	tiff.write('GPS 49.8397N 24.0297E', 60, 'latin1');
	return Buffer.concat([ascii('Exif\0\0'), tiff]);
}

interface JpegExtras {
	orientation?: number;
	trailing?: string;
}

/** 1 x 1, or 16 x 8 to the reader of its frame: grey, one block coded. */
export function jpeg({ orientation, trailing = '' }: JpegExtras = {}): Buffer {
	return Buffer.concat([
		bytes(0xff, 0xd8),
		segment(0xe0, ascii('JFIF\0\x01\x01\0\0\x01\0\x01\0\0')),
		...(orientation === undefined ? [] : [segment(0xe1, exif(orientation))]),
		segment(0xe1, ascii('http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>GPS secret</x:xmpmeta>')),
		segment(0xfe, ascii('comment with GPS')),
		segment(0xdb, Buffer.concat([bytes(0), Buffer.alloc(64, 16)])),
		segment(0xc0, bytes(8, 0, 8, 0, 16, 1, 1, 0x11, 0)),
		segment(0xc4, bytes(0x00, 0, 1, ...new Array<number>(14).fill(0), 0)),
		segment(0xc4, bytes(0x10, 0, 1, ...new Array<number>(14).fill(0), 0)),
		segment(0xda, bytes(1, 1, 0, 0, 63, 0)),
		bytes(0x0f, 0xff, 0, 0x3f),
		bytes(0xff, 0xd9),
		ascii(trailing)
	]);
}

export function pngChunk(type: string, content: Buffer): Buffer {
	const named = Buffer.concat([ascii(type), content]);
	const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
	length.writeUInt32BE(content.length);
	sum.writeUInt32BE(crc32(named));
	return Buffer.concat([length, named, sum]);
}

/** A real picture in one colour. */
export function png(width = 3, height = 2, extra: Buffer[] = []): Buffer {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.set([8, 2, 0, 0, 0], 8);
	const line = Buffer.concat([bytes(0), Buffer.alloc(Math.min(width, 4000) * 3, 0x5b)]);
	const lines = Array.from({ length: Math.min(height, 4000) }, () => line);
	return Buffer.concat([
		ascii('\x89PNG\r\n\x1a\n'),
		pngChunk('IHDR', header),
		...extra,
		pngChunk('IDAT', deflateSync(Buffer.concat(lines))),
		pngChunk('IEND', Buffer.alloc(0))
	]);
}

const gifBody = Buffer.concat([
	bytes(0x21, 0xf9, 4, 0, 0, 0, 0, 0),
	bytes(0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0)
]);
const gifColours = bytes(0x80, 0, 0, 0, 0, 0, 255, 255, 255);

export const gif = () =>
	Buffer.concat([ascii('GIF89a'), bytes(1, 0, 1, 0), gifColours, gifBody, bytes(0x3b)]);

/** A picture and a script at once: its width reads as the start of a comment that the script ends. */
export function gifScript(): Buffer {
	const script = '*/=1;alert(1);/*';
	return Buffer.concat([
		ascii('GIF89a/*\x01\0'),
		gifColours,
		gifBody,
		bytes(0x21, 0xfe, script.length),
		ascii(script),
		bytes(0, 0x3b),
		ascii('*/alert(2)')
	]);
}

const chunk = (type: string, content: Buffer) => {
	const length = Buffer.alloc(4);
	length.writeUInt32LE(content.length);
	const pad = Buffer.alloc(content.length % 2);
	return Buffer.concat([ascii(type), length, content, pad]);
};

/** 20 x 10, with the place in its Exif chunk. */
export function webp(): Buffer {
	const content = Buffer.concat([
		ascii('WEBP'),
		chunk('VP8X', bytes(0x0c, 0, 0, 0, 19, 0, 0, 9, 0, 0)),
		chunk('VP8L', bytes(0x2f, 19, 0x40, 0x02, 0, 0, 0)),
		chunk('EXIF', exif(1)),
		chunk('XMP ', ascii('GPS secret'))
	]);
	return Buffer.concat([chunk('RIFF', content)]);
}

interface Packed {
	name: string;
	content: string;
	/** What the list claims, instead of the truth. */
	unpacked?: number;
	encrypted?: boolean;
}

export function zip(files: readonly Packed[]): Buffer {
	const bodies: Buffer[] = [];
	const list: Buffer[] = [];
	let at = 0;
	for (const { name, content, unpacked, encrypted = false } of files) {
		const packed = deflateRawSync(content);
		const common = Buffer.alloc(26);
		common.writeUInt16LE(20, 0);
		common.writeUInt16LE(encrypted ? 1 : 0, 2);
		common.writeUInt16LE(8, 4);
		common.writeUInt32LE(crc32(content), 10);
		common.writeUInt32LE(packed.length, 14);
		common.writeUInt32LE(unpacked ?? content.length, 18);
		common.writeUInt16LE(name.length, 22);
		const local = Buffer.concat([ascii('PK\x03\x04'), common, ascii(name), packed]);
		const place = Buffer.alloc(14);
		place.writeUInt32LE(at, 10);
		list.push(Buffer.concat([ascii('PK\x01\x02'), bytes(20, 0), common, place, ascii(name)]));
		bodies.push(local);
		at += local.length;
	}
	const directory = Buffer.concat(list);
	const end = Buffer.alloc(18);
	end.writeUInt16LE(files.length, 4);
	end.writeUInt16LE(files.length, 6);
	end.writeUInt32LE(directory.length, 8);
	end.writeUInt32LE(at, 12);
	return Buffer.concat([...bodies, directory, ascii('PK\x05\x06'), end]);
}

const contentTypes = (main: string) => ({
	name: '[Content_Types].xml',
	content: `<Types><Override PartName="/word/document.xml" ContentType="application/vnd.${main}+xml"/></Types>`
});
const plainMain = 'openxmlformats-officedocument.wordprocessingml.document.main';
const document = { name: 'word/document.xml', content: '<w:document>Hello</w:document>' };

export const docx = (...more: Packed[]) => zip([contentTypes(plainMain), document, ...more]);
export const docm = () => zip([contentTypes('ms-word.document.macroEnabled.main'), document]);

/** A document of this content, with a compressed object stream when there is one to hide in it. */
export function pdf(content: string, hidden?: string): Buffer {
	const packed = deflateSync(hidden ?? '');
	const stream = Buffer.concat([
		ascii(`2 0 obj<</Type/ObjStm/Filter/FlateDecode/Length ${packed.length}>>stream\n`),
		packed,
		ascii('\nendstream endobj\n')
	]);
	return Buffer.concat([
		ascii(`%PDF-1.7\n1 0 obj<<${content}>>endobj\n`),
		hidden === undefined ? Buffer.alloc(0) : stream,
		ascii('trailer<</Root 1 0 R>>\n%%EOF\n')
	]);
}

/** The old container, with streams of these names. */
export function compoundFile(...names: string[]): Buffer {
	return Buffer.concat([
		bytes(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1),
		Buffer.alloc(504),
		...names.map((name) => Buffer.from(name.padEnd(32, '\0'), 'utf16le'))
	]);
}

import { text, view } from './byte-reader.ts';

const orientationTag = 0x0112;

/** Orientation (1 to 8) from an Exif segment; 1 when there is none that can be read. */
export function exifOrientation(content: Uint8Array): number {
	const tiff = content.subarray(6);
	if (text(content.subarray(0, 6)) !== 'Exif\0\0' || tiff.length < 14) return 1;
	const data = view(tiff);
	const little = text(tiff.subarray(0, 2)) === 'II';
	const directory = data.getUint32(4, little);
	if (directory + 2 > tiff.length) return 1;
	const count = data.getUint16(directory, little);
	for (let entry = directory + 2, left = count; left > 0; entry += 12, left--) {
		if (entry + 12 > tiff.length) return 1;
		if (data.getUint16(entry, little) !== orientationTag) continue;
		const value = data.getUint16(entry + 8, little);
		return value >= 1 && value <= 8 ? value : 1;
	}
	return 1;
}

/** An Exif segment that says nothing but the orientation. */
export function orientationSegment(orientation: number): Uint8Array {
	return Uint8Array.from([
		...[0xff, 0xe1, 0, 34],
		...[0x45, 0x78, 0x69, 0x66, 0, 0],
		...[0x4d, 0x4d, 0, 42, 0, 0, 0, 8],
		...[0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0],
		...[0, 0, 0, 0]
	]);
}

/** What a picture is, by how it begins: its name and its sender say what they like. */
export function imageType(bytes: Uint8Array): 'png' | 'jpeg' | 'webp' | null {
	const begins = (signature: readonly number[], at = 0): boolean =>
		signature.every((byte, index) => bytes[at + index] === byte);
	if (begins([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
	if (begins([0xff, 0xd8, 0xff])) return 'jpeg';
	return begins([0x52, 0x49, 0x46, 0x46]) && begins([0x57, 0x45, 0x42, 0x50], 8) ? 'webp' : null;
}

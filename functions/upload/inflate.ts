import { AppError } from '@chatiq/contracts/errors';

/** Unpacks at most `most` bytes: what claims to be small may unpack into gigabytes. */
export async function inflate(
	bytes: Uint8Array,
	format: 'deflate' | 'deflate-raw',
	most: number
): Promise<Uint8Array> {
	const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
	const parts: Uint8Array[] = [];
	let size = 0;
	for await (const part of packed.pipeThrough(new DecompressionStream(format))) {
		size += part.length;
		if (size > most) throw new AppError('file_type_refused');
		parts.push(part);
	}
	const whole = new Uint8Array(size);
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

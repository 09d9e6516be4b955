import { AppError } from '@chatiq/contracts/errors';
import { maxFileBytes } from '@chatiq/contracts/upload';

/** A file of a mail, whose bytes are read when they are wanted. */
export interface MailFile {
	name: string;
	type: string;
	/** Of a picture that the text may show, without angle brackets. */
	contentId: string | null;
	read: () => Promise<Uint8Array<ArrayBuffer>>;
}

/** The provider does not have the file any more, or may not be asked. */
export class Unfetched extends Error {
	override readonly name = 'Unfetched';
}

/** `<image001@mail>` → `image001@mail`. */
export function contentIdOf(written: string | null | undefined): string | null {
	return written?.replace(/^\s*<|>\s*$/g, '').trim() || null;
}

/** Bytes that a provider keeps. What may be different at the next try has the whole mail come again. */
export async function fetchFile(
	url: string,
	headers: Record<string, string> = {}
): Promise<Uint8Array<ArrayBuffer>> {
	const response = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) });
	if (!response.ok) {
		await response.body?.cancel();
		const message = `The provider answered ${response.status} for a file of a mail.`;
		if (response.status >= 500 || response.status === 429) throw new Error(message);
		throw new Unfetched(message);
	}
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of response.body ?? []) {
		size += chunk.byteLength;
		// Leaving the loop closes the connection.
		if (size > maxFileBytes) throw new AppError('file_too_large');
		chunks.push(chunk);
	}
	return joined(chunks, size);
}

function joined(chunks: Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(size);
	let end = 0;
	for (const chunk of chunks) {
		bytes.set(chunk, end);
		end += chunk.byteLength;
	}
	return bytes;
}

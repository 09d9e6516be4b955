import { constants, inflateRawSync, inflateSync } from 'node:zlib';
import { AppError } from '@chatiq/contracts/errors';

/** What a small part of a file may unpack to: readers take more, but nobody writes it. */
const maxUnpacked = 4_000_000;
const options = { maxOutputLength: maxUnpacked, finishFlush: constants.Z_SYNC_FLUSH };

/**
 * Unpacks whatever there is, also of data that is cut off or has something behind it, as readers do.
 * Null when it is not packed in this way.
 */
export function inflate(bytes: Uint8Array, format: 'deflate' | 'deflate-raw'): Uint8Array | null {
	try {
		return (format === 'deflate' ? inflateSync : inflateRawSync)(bytes, options);
	} catch (error) {
		if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') {
			throw new AppError('file_type_refused', undefined, { cause: error });
		}
		return null;
	}
}

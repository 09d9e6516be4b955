import { Buffer } from 'node:buffer';
import { AppError } from '@chatiq/contracts/errors';

/** Reads a stream in steps of the caller's choice without keeping it: at most one chunk and one step are in memory. */
export class ByteReader {
	/** Bytes read so far. */
	position = 0;

	readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
	#chunk = new Uint8Array(0);
	#at = 0;

	constructor(stream: ReadableStream<Uint8Array>) {
		this.#reader = stream.getReader();
	}

	/** Exactly so many bytes; a stream that ends before is a damaged file. */
	async read(length: number): Promise<Uint8Array> {
		const bytes = new Uint8Array(length);
		let filled = 0;
		while (filled < length) {
			const part = await this.#some(length - filled);
			if (!part) throw new AppError('file_damaged');
			bytes.set(part, filled);
			filled += part.length;
		}
		return bytes;
	}

	async byte(): Promise<number> {
		const [byte] = await this.read(1);
		return byte ?? 0;
	}

	/** Goes on to the byte after `length` more, showing what lies between to `see`. */
	async skip(length: number, see?: (bytes: Uint8Array) => void): Promise<void> {
		for (let left = length; left > 0;) {
			const part = await this.#some(left);
			if (!part) throw new AppError('file_damaged');
			see?.(part);
			left -= part.length;
		}
	}

	/** Goes on until the first byte of this value has been read. */
	async skipThrough(value: number): Promise<void> {
		for (;;) {
			if (!(await this.#fill())) throw new AppError('file_damaged');
			const found = this.#chunk.indexOf(value, this.#at);
			await this.skip((found === -1 ? this.#chunk.length : found + 1) - this.#at);
			if (found !== -1) return;
		}
	}

	/** The next part of whatever size, null at the end. */
	next(): Promise<Uint8Array | null> {
		return this.#some(Infinity);
	}

	close(): Promise<void> {
		return this.#reader.cancel();
	}

	async #some(most: number): Promise<Uint8Array | null> {
		if (!(await this.#fill())) return null;
		const part = this.#chunk.subarray(this.#at, Math.min(this.#chunk.length, this.#at + most));
		this.#at += part.length;
		this.position += part.length;
		return part;
	}

	async #fill(): Promise<boolean> {
		while (this.#at === this.#chunk.length) {
			const { done, value } = await this.#reader.read();
			if (done) return false;
			this.#chunk = value as Uint8Array<ArrayBuffer>;
			this.#at = 0;
		}
		return true;
	}
}

/** One character for each byte. `TextDecoder` cannot: its latin1 is Windows-1252. */
export const text = (bytes: Uint8Array): string =>
	Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

export const view = (bytes: Uint8Array): DataView =>
	new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

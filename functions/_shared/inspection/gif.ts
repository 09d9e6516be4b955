import { AppError } from '@chatiq/contracts/errors';
import { type ByteReader, text, view } from './byte-reader.ts';
import { checkSize, type Image } from './image.ts';
import { Plan } from './rewrite.ts';

const extension = 0x21;
const imageDescriptor = 0x2c;
const trailer = 0x3b;
const graphicControl = 0xf9;
const application = 0xff;

/** Keeps frames, their timing and the loop; comments, plain texts, other extensions and what follows the end go. */
export async function readGif(reader: ByteReader): Promise<Image> {
	const plan = new Plan();
	const head = await reader.read(13);
	if (!/^GIF8[79]a/.test(text(head))) throw new AppError('file_damaged');
	await colours(reader, head[10] ?? 0);
	plan.keep(0, reader.position);
	let frames = 0;
	for (;;) {
		const from = reader.position;
		const block = await reader.byte();
		if (block === trailer) {
			plan.keep(from, reader.position);
			break;
		}
		if (block === imageDescriptor) {
			await frame(reader);
			frames++;
			plan.keep(from, reader.position);
		} else if (block === extension) {
			if (await keptExtension(reader)) plan.keep(from, reader.position);
		} else throw new AppError('file_damaged');
	}
	const width = view(head).getUint16(6, true);
	const height = view(head).getUint16(8, true);
	if (frames === 0) throw new AppError('file_damaged');
	checkSize(width, height);
	return { width, height, plan };
}

async function frame(reader: ByteReader): Promise<void> {
	const descriptor = await reader.read(9);
	await colours(reader, descriptor[8] ?? 0);
	await reader.byte();
	await blocks(reader);
}

async function keptExtension(reader: ByteReader): Promise<boolean> {
	const label = await reader.byte();
	if (label !== application) {
		await blocks(reader);
		return label === graphicControl;
	}
	const name = text(await reader.read(await reader.byte()));
	const sizes = await blocks(reader);
	// The loop is three bytes; more would be something else under its name.
	return /^(NETSCAPE2\.0|ANIMEXTS1\.0)$/.test(name) && sizes.join() === '3';
}

/** The lengths of the sub-blocks up to the empty one that ends them. */
async function blocks(reader: ByteReader): Promise<number[]> {
	const sizes: number[] = [];
	for (let size = await reader.byte(); size > 0; size = await reader.byte()) {
		sizes.push(size);
		await reader.skip(size);
	}
	return sizes;
}

async function colours(reader: ByteReader, flags: number): Promise<void> {
	if (flags & 0x80) await reader.skip(3 * 2 ** ((flags & 7) + 1));
}

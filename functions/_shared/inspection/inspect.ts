import type { Enums } from '@chatiq/contracts/database';
import { AppError } from '@chatiq/contracts/errors';
import { ByteReader } from './byte-reader.ts';
import { type Family, familyOf, type FileType, honestName } from './file-type.ts';
import { readGif } from './gif.ts';
import type { Image } from './image.ts';
import { readJpeg } from './jpeg.ts';
import { readLegacyOffice, readZip } from './office.ts';
import { checkPdf } from './pdf.ts';
import { readText } from './plain-text.ts';
import { readPng } from './png.ts';
import type { Part } from './rewrite.ts';
import { readWebp } from './webp.ts';
import type { Open } from './zip.ts';

export interface Claimed {
	name: string;
	size: number;
	kinds: readonly Enums<'file_kind'>[];
}

/** What a file is, and what of its bytes may be passed on. */
export interface Finding {
	type: FileType;
	name: string;
	size: number;
	width: number | null;
	height: number | null;
	/** Null: all of it. */
	parts: readonly Part[] | null;
}

const headLength = 65_536;

const images: Record<string, (reader: ByteReader) => Promise<Image>> = {
	'image/jpeg': readJpeg,
	'image/png': readPng,
	'image/gif': readGif,
	'image/webp': readWebp
};

/** Looks at a file from beginning to end. Refusals throw: what is not known to be harmless does not pass. */
export async function inspect(open: Open, claimed: Claimed): Promise<Finding> {
	const family = await readHead(open, claimed.size);
	const reader = new ByteReader(await open());
	try {
		const { type, image } = await look(family, reader, open, claimed);
		if (!claimed.kinds.includes(type.kind)) throw new AppError('file_type_refused');
		const size = image ? image.plan.size : claimed.size;
		return {
			type,
			name: honestName(claimed.name, type),
			size,
			width: image?.width ?? null,
			height: image?.height ?? null,
			parts: image ? image.plan.parts : null
		};
	} finally {
		await reader.close();
	}
}

async function readHead(open: Open, size: number): Promise<Family> {
	const reader = new ByteReader(await open());
	try {
		return await familyOf(await reader.read(Math.min(size, headLength)));
	} finally {
		await reader.close();
	}
}

async function look(
	family: Family,
	reader: ByteReader,
	open: Open,
	{ name }: Claimed
): Promise<{ type: FileType; image?: Image }> {
	if (family === 'zip') return { type: await readZip(reader, open) };
	if (family === 'cfb') return { type: await readLegacyOffice(reader) };
	if (family === 'text') return { type: await readText(reader, name) };
	if (!family) throw new AppError('file_type_refused');
	const readImage = images[family.mime];
	if (readImage) return { type: family, image: await readImage(reader) };
	if (family.kind === 'pdf') await checkPdf(reader);
	return { type: family };
}

import { AppError } from '@chatiq/contracts/errors';
import { type ByteReader, text } from './byte-reader.ts';
import { type FileType, textType } from './file-type.ts';

// eslint-disable-next-line no-control-regex -- what no text has
const binary = /[\x00-\x08\x0e-\x1a\x1c-\x1f]/;
const markup =
	/^(\xef\xbb\xbf)?\s*(<!--[^]*?-->\s*)*<(\?xml|!doctype|!entity|html|svg|script|head|body|iframe|math|meta|style|img|a\s)/i;

/** Text in any encoding of single bytes or UTF-8. Pages, drawings and scripts are refused, whatever their name. */
export async function readText(reader: ByteReader, name: string): Promise<FileType> {
	const type = textType(name);
	if (!type) throw new AppError('file_type_refused');
	let beginning = '';
	for (let part = await reader.next(); part; part = await reader.next()) {
		const raw = text(part);
		if (binary.test(raw)) throw new AppError('file_type_refused');
		if (beginning.length < 4096) beginning += raw.slice(0, 4096);
	}
	if (markup.test(beginning)) throw new AppError('file_type_refused');
	return type;
}

import type { Enums } from '@chatiq/contracts/database';
import { fileTypeFromBuffer } from 'file-type';

export interface FileType {
	kind: Enums<'file_kind'>;
	mime: string;
	/** Endings that fit; the first is given to names with another one. */
	extensions: readonly string[];
}

const known: readonly FileType[] = [
	{ kind: 'image', mime: 'image/jpeg', extensions: ['jpg', 'jpeg', 'jpe', 'jfif'] },
	{ kind: 'image', mime: 'image/png', extensions: ['png', 'apng'] },
	{ kind: 'image', mime: 'image/gif', extensions: ['gif'] },
	{ kind: 'image', mime: 'image/webp', extensions: ['webp'] },
	{ kind: 'audio', mime: 'audio/mpeg', extensions: ['mp3'] },
	{ kind: 'audio', mime: 'audio/ogg', extensions: ['ogg', 'oga', 'opus'] },
	{ kind: 'audio', mime: 'audio/wav', extensions: ['wav'] },
	{ kind: 'audio', mime: 'audio/mp4', extensions: ['m4a'] },
	{ kind: 'audio', mime: 'audio/aac', extensions: ['aac'] },
	{ kind: 'video', mime: 'video/mp4', extensions: ['mp4', 'm4v'] },
	{ kind: 'video', mime: 'video/webm', extensions: ['webm'] },
	{ kind: 'video', mime: 'video/quicktime', extensions: ['mov', 'qt'] },
	{ kind: 'pdf', mime: 'application/pdf', extensions: ['pdf'] },
	{ kind: 'text', mime: 'text/plain', extensions: ['txt', 'log', 'md', 'json', 'srt'] },
	{ kind: 'text', mime: 'text/csv', extensions: ['csv', 'tsv'] },
	{ kind: 'text', mime: 'text/calendar', extensions: ['ics'] },
	{ kind: 'text', mime: 'text/vcard', extensions: ['vcf'] }
];
/** Other names of the same. */
const aliases: Record<string, string> = {
	'image/apng': 'image/png',
	'audio/ogg; codecs=opus': 'audio/ogg',
	'audio/vnd.wave': 'audio/wav',
	'audio/x-m4a': 'audio/mp4',
	'video/x-m4v': 'video/mp4'
};

/** How the bytes are to be read further: a type of the list above, or a container that is told by its content. */
export type Family = FileType | 'zip' | 'cfb' | 'text' | null;

/** What the first bytes say. Names and the sender's word count for nothing but the choice between kinds of text. */
export async function familyOf(head: Uint8Array): Promise<Family> {
	const found = await fileTypeFromBuffer(head);
	if (!found) return 'text';
	const mime = aliases[found.mime] ?? found.mime;
	if (mime === 'application/x-cfb') return 'cfb';
	// Also everything that the library tells by the entries: they are looked at in full, later.
	if (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4) return 'zip';
	if (mime.startsWith('text/')) return 'text';
	return known.find((type) => type.mime === mime) ?? null;
}

/** The kind of text by the ending of its name, null for those that are not to be sent. */
export function textType(name: string): FileType | null {
	const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
	return (
		known.find(({ kind, extensions }) => kind === 'text' && extensions.includes(extension)) ?? null
	);
}

/** Shown as they are where they are opened; anything else is stored as a mere download. */
export function shownInline({ kind }: FileType): boolean {
	return kind === 'image' || kind === 'audio' || kind === 'video';
}

/** The name with an ending that tells the truth. */
export function honestName(name: string, { extensions }: FileType): string {
	const [, base = name, ending = ''] = /^(.*)\.([^.]*)$/.exec(name) ?? [];
	if (extensions.includes(ending.toLowerCase())) return name;
	return `${base || 'file'}.${extensions[0] ?? 'bin'}`;
}

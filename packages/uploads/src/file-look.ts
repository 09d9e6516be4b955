import type { Attachment } from '@chatiq/contracts/message';

export type FileLook =
	'image' | 'audio' | 'video' | 'pdf' | 'document' | 'sheet' | 'slides' | 'archive' | 'file';

const looks: readonly [pattern: RegExp, look: FileLook][] = [
	[/^image\/(png|jpeg|gif|webp)$/, 'image'],
	[/^audio\//, 'audio'],
	[/^video\//, 'video'],
	[/^application\/pdf$/, 'pdf'],
	[/spreadsheet|ms-excel|csv/, 'sheet'],
	[/presentation|powerpoint/, 'slides'],
	[/word|opendocument\.text|^text\//, 'document'],
	[/zip/, 'archive']
];

/** As what a file is drawn. */
export function lookOf(contentType: string): FileLook {
	return looks.find(([pattern]) => pattern.test(contentType))?.[1] ?? 'file';
}

/** Drawn as a picture: it is one, it may be read, and how large it is, is known. */
export function isPicture({ content_type, width, height, status = 'ready' }: Attachment): boolean {
	return (
		lookOf(content_type) === 'image' && width !== null && height !== null && status === 'ready'
	);
}

/** The size of a picture in a box of at most this, so that its place is kept before it has come. */
export function fitted(
	{ width, height }: Pick<Attachment, 'width' | 'height'>,
	box: { width: number; height: number }
): { width: number; height: number } {
	const [w, h] = [width ?? 1, height ?? 1];
	const scale = Math.min(1, box.width / w, box.height / h);
	return {
		width: Math.max(24, Math.round(w * scale)),
		height: Math.max(24, Math.round(h * scale))
	};
}

/** `1.4 MB` in the reader's language. */
export function sizeText(bytes: number, language: string): string {
	const [unit, value] =
		bytes < 1_000_000
			? (['kilobyte', Math.max(0.1, bytes / 1000)] as const)
			: (['megabyte', bytes / 1_000_000] as const);
	return new Intl.NumberFormat(language, {
		style: 'unit',
		unit,
		unitDisplay: 'short',
		maximumFractionDigits: value < 10 ? 1 : 0
	}).format(value);
}

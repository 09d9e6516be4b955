import { drawable } from './picture.ts';

export type FileLook =
	'image' | 'audio' | 'video' | 'pdf' | 'document' | 'sheet' | 'slides' | 'archive' | 'file';

const looks: readonly [pattern: RegExp, look: FileLook][] = [
	[drawable, 'image'],
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

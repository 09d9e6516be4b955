import type { Attachment } from '@chatiq/contracts/message';
import { fitted, isPicture } from '@chatiq/uploads/picture';

/** A picture alone is as large as this, several are tiles. */
export const pictureBox = { width: 240, height: 220 };
export const tile = 114;
export const gap = 4;
const card = 52;

/** How much room the files of a message take, known before anything of them is there. */
export function boxHeight(files: readonly Attachment[]): number {
	const pictures = files.filter(isPicture);
	const [only] = pictures;
	const rows = Math.ceil(pictures.length / 2);
	const drawn = only && pictures.length === 1 ? fitted(only, pictureBox).height : rows * tile;
	const blocks = (pictures.length === 1 ? 1 : rows) + files.length - pictures.length;
	return drawn + (files.length - pictures.length) * card + Math.max(0, blocks - 1) * gap;
}

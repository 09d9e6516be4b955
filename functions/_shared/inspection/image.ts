import { AppError } from '@chatiq/contracts/errors';
import type { Plan } from './rewrite.ts';

/** An image as it is read: its size on the screen, and what stays of its bytes. */
export interface Image {
	width: number;
	height: number;
	plan: Plan;
}

/** A small file may unpack into gigabytes in the browsers of both sides. */
const maxPixels = 100_000_000;

export function checkSize(width: number, height: number): void {
	if (width < 1 || height < 1) throw new AppError('file_damaged');
	if (width * height > maxPixels) throw new AppError('file_type_refused');
}

import type { Attachment } from '@chatiq/contracts/message';

/** What every browser draws. */
export const drawable = /^image\/(png|jpeg|gif|webp)$/;

/** Drawn as a picture: it is one, it may be read, and how large it is, is known. */
export function isPicture({ content_type, width, height, status = 'ready' }: Attachment): boolean {
	return drawable.test(content_type) && width !== null && height !== null && status === 'ready';
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

const sidePixels = 256;
const quality = 0.9;

/** The middle of a picture as a small square, without what a camera wrote into it. */
export async function shrinkPicture(file: Blob): Promise<Blob> {
	const picture = await createImageBitmap(file);
	const side = Math.min(picture.width, picture.height);
	const canvas = document.createElement('canvas');
	canvas.width = canvas.height = sidePixels;
	const context = canvas.getContext('2d');
	if (!context) throw new Error('no canvas');
	context.imageSmoothingQuality = 'high';
	context.drawImage(
		picture,
		...([(picture.width - side) / 2, (picture.height - side) / 2, side, side] as const),
		...([0, 0, sidePixels, sidePixels] as const)
	);
	picture.close();
	return new Promise((resolve, reject) => {
		canvas.toBlob(
			(blob) => (blob ? resolve(blob) : reject(new Error('no picture'))),
			'image/webp',
			quality
		);
	});
}

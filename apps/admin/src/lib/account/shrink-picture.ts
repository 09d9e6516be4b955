const sidePixels = 256;
const quality = 0.9;

/** The middle of a picture as a small square, without what a camera wrote into it. */
export function shrinkPicture(file: Blob): Promise<Blob> {
	return draw(file, (context, picture) => {
		const side = Math.min(picture.width, picture.height);
		context.drawImage(
			picture,
			...([(picture.width - side) / 2, (picture.height - side) / 2, side, side] as const),
			...([0, 0, sidePixels, sidePixels] as const)
		);
	});
}

/** The whole of a picture in a small square; what is left over stays transparent. */
export function fitPicture(file: Blob): Promise<Blob> {
	return draw(file, (context, picture) => {
		const scale = sidePixels / Math.max(picture.width, picture.height);
		const [width, height] = [picture.width * scale, picture.height * scale];
		context.drawImage(
			picture,
			...([(sidePixels - width) / 2, (sidePixels - height) / 2, width, height] as const)
		);
	});
}

async function draw(
	file: Blob,
	paint: (context: CanvasRenderingContext2D, picture: ImageBitmap) => void
): Promise<Blob> {
	const picture = await createImageBitmap(file);
	const canvas = document.createElement('canvas');
	canvas.width = canvas.height = sidePixels;
	const context = canvas.getContext('2d');
	if (!context) throw new Error('no canvas');
	context.imageSmoothingQuality = 'high';
	paint(context, picture);
	picture.close();
	return new Promise((resolve, reject) => {
		canvas.toBlob(
			(blob) => (blob ? resolve(blob) : reject(new Error('no picture'))),
			'image/webp',
			quality
		);
	});
}

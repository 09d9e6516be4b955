import type { Sharp, SharpOptions } from 'sharp';
import * as z from 'zod';
import { storageError } from './storage-error.ts';

const Wanted = z.object({
	width: z.coerce.number().int().min(1).max(2500).optional(),
	height: z.coerce.number().int().min(1).max(2500).optional(),
	resize: z.enum(['cover', 'contain', 'fill']).default('cover'),
	quality: z.coerce.number().int().min(20).max(100).default(80),
	format: z.enum(['origin', 'avif', 'webp']).optional()
});
type Wanted = z.infer<typeof Wanted>;

type LoadedSharp = (input: Uint8Array, options?: SharpOptions) => Sharp;

/** An image in the size that the URL asks for; `response` is the file as it is stored. */
export async function renderImage(
	response: Response,
	query: URLSearchParams,
	accept: string
): Promise<Response> {
	const parsed = Wanted.safeParse(Object.fromEntries(query));
	if (!parsed.success) return storageError(400, 'InvalidRequest', z.prettifyError(parsed.error));
	const sharp = await loadSharp();
	// What a hosted project without the feature answers.
	if (sharp === null) {
		return storageError(403, 'FeatureNotEnabled', 'feature not enabled for this tenant');
	}
	if (!/^image\//.test(response.headers.get('content-type') ?? '')) {
		return storageError(422, 'InvalidRequest', 'The requested file is no image');
	}
	const bytes = new Uint8Array(await response.arrayBuffer());
	try {
		const { data, info } = await resized(sharp(bytes), parsed.data, accept).toBuffer({
			resolveWithObject: true
		});
		const headers = new Headers(response.headers);
		for (const name of ['content-length', 'content-range', 'etag']) headers.delete(name);
		headers.set('content-type', `image/${info.format === 'heif' ? 'avif' : info.format}`);
		return new Response(new Uint8Array(data), { headers });
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		return storageError(422, 'InvalidRequest', `The image cannot be read: ${reason}`);
	}
}

function resized(
	image: Sharp,
	{ width, height, resize, quality, format }: Wanted,
	accept: string
): Sharp {
	const scaled = image.rotate().resize({
		...(width !== undefined && { width }),
		...(height !== undefined && { height }),
		fit: resize === 'contain' ? 'inside' : resize
	});
	if (format === 'avif') return scaled.avif({ quality });
	if (format === 'webp' || (format === undefined && accept.includes('image/webp'))) {
		return scaled.webp({ quality });
	}
	return scaled;
}

/** An optional dependency: its binaries do not exist for every machine. */
async function loadSharp(): Promise<LoadedSharp | null> {
	try {
		return (await import('sharp')).default;
	} catch {
		return null;
	}
}

import { AppError } from '@chatiq/contracts/errors';

/** The largest mail of the providers: 35 MB with its attachments, written in letters. */
const maxBytes = 40_000_000;

/** The same request, whose body ends with an error when it is longer than any provider's. */
export function limited(request: Request): Request {
	if (Number(request.headers.get('content-length') ?? 0) > maxBytes)
		throw new AppError('payload_too_large');
	let bytes = 0;
	const counted = request.body?.pipeThrough(
		new TransformStream<Uint8Array, Uint8Array>({
			transform(chunk, controller) {
				bytes += chunk.byteLength;
				if (bytes > maxBytes) controller.error(new AppError('payload_too_large'));
				else controller.enqueue(chunk);
			}
		})
	);
	const { method, headers, url } = request;
	return new Request(url, {
		method,
		headers,
		body: counted ?? null,
		duplex: 'half'
	} as RequestInit);
}

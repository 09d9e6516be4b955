/** The body in full, or null when it is longer than `limit` bytes. */
export async function readBody(
	request: Request,
	limit: number
): Promise<Uint8Array<ArrayBuffer> | null> {
	if (Number(request.headers.get('content-length') ?? 0) > limit) return null;
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of request.body ?? []) {
		size += chunk.byteLength;
		if (size > limit) return null;
		chunks.push(chunk);
	}
	return new Uint8Array(Buffer.concat(chunks, size));
}

const codes: Record<string, string> = {
	'Bucket not found': 'NoSuchBucket',
	Duplicate: 'KeyAlreadyExists',
	InvalidJWT: 'InvalidJWT',
	'Invalid key': 'InvalidKey',
	'Payload too large': 'EntityTooLarge',
	Unauthorized: 'AccessDenied',
	invalid_mime_type: 'InvalidMimeType',
	not_found: 'NoSuchKey'
};

/** Storage answers 400 to nearly everything; the status that it means is in the body. */
export function storageError(statusCode: number, error: string, message: string): Response {
	const body = { statusCode: String(statusCode), error, message, ...codeOf(error) };
	return Response.json(body, { status: 400 });
}

/** Adds the `code` by which storage-js tells errors apart, and which lite lacks. */
export async function withErrorCode(response: Response): Promise<Response> {
	const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
	if (!isJson) return response;
	const body = (await response.json()) as { error?: string };
	return Response.json({ ...body, ...codeOf(body.error ?? '') }, { status: response.status });
}

function codeOf(error: string): { code?: string } {
	const code = codes[error];
	return code === undefined ? {} : { code };
}

/** Storage answers 400 whatever happened; the status that it means is in the body. */
export function storageError(statusCode: number, error: string, message: string): Response {
	return Response.json({ statusCode: String(statusCode), error, message }, { status: 400 });
}

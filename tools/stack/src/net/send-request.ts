export interface QueuedRequest {
	id: string;
	method: string;
	url: string;
	headers: Record<string, string> | null;
	body: Uint8Array | null;
	timeout_milliseconds: number;
}

/** A row of `net._http_response`. */
export interface Outcome {
	status_code: number | null;
	content_type: string | null;
	headers: Record<string, string> | null;
	content: string | null;
	timed_out: boolean | null;
	error_msg: string | null;
}

const nothing: Outcome = {
	status_code: null,
	content_type: null,
	headers: null,
	content: null,
	timed_out: null,
	error_msg: null
};

/** An unreachable or slow receiver is an outcome as well. Null when `signal` ended the request. */
export async function sendRequest(
	request: QueuedRequest,
	signal: AbortSignal
): Promise<Outcome | null> {
	const timeout = AbortSignal.timeout(request.timeout_milliseconds);
	try {
		const response = await fetch(request.url, {
			method: request.method.toUpperCase(),
			headers: request.headers ?? {},
			body: request.body ? new Uint8Array(request.body) : null,
			redirect: 'manual',
			signal: AbortSignal.any([signal, timeout])
		});
		return {
			status_code: response.status,
			content_type: response.headers.get('content-type'),
			headers: Object.fromEntries(response.headers),
			// Postgres has no text with a zero byte in it.
			content: (await response.text()).replaceAll('\0', ''),
			timed_out: false,
			error_msg: null
		};
	} catch (error) {
		if (signal.aborted) return null;
		if (timeout.aborted)
			return {
				...nothing,
				timed_out: true,
				error_msg: `Timeout of ${request.timeout_milliseconds} ms reached`
			};
		return { ...nothing, timed_out: false, error_msg: reason(error) };
	}
}

/** `fetch` says "fetch failed"; why is in the cause. */
function reason(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

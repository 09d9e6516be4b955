import type { DataApiError, ErrorBody, ErrorCode } from '@chatiq/contracts/errors';
import { toJson } from './to-json.ts';

const timeoutMs = 15_000;

/** A request without a good answer. `status` 0 means no answer at all: offline, timed out, blocked. */
export class RequestFailed extends Error {
	override readonly name = 'RequestFailed';
	readonly status: number;
	readonly code: ErrorCode | null;
	readonly retryAfterMs: number | null;

	constructor(
		status: number,
		{
			code = null,
			retryAfterMs = null
		}: { code?: ErrorCode | null; retryAfterMs?: number | null } = {},
		options?: ErrorOptions
	) {
		super(code ?? `HTTP ${status}`, options);
		this.status = status;
		this.code = code;
		this.retryAfterMs = retryAfterMs;
	}

	/** The same request may well succeed later. A refused identity will not, though it is a 401. */
	get temporary(): boolean {
		if (this.status === 401) return this.code !== 'identity_invalid';
		return [0, 408, 425, 429].includes(this.status) || this.status >= 500;
	}
}

export interface Post {
	headers?: Record<string, string>;
	/** `text/plain` needs no CORS preflight. */
	contentType: 'text/plain' | 'application/json';
	body: object;
	/** Goes on when the page is left. */
	keepalive?: boolean;
}

export async function post(
	url: string,
	{ headers, contentType, body, keepalive = false }: Post
): Promise<unknown> {
	let response: Response;
	let text: string;
	try {
		response = await fetch(url, {
			method: 'POST',
			headers: { ...headers, 'content-type': contentType },
			body: toJson(body),
			signal: AbortSignal.timeout(timeoutMs),
			credentials: 'omit',
			keepalive
		});
		text = await response.text();
	} catch (cause) {
		throw new RequestFailed(0, {}, { cause });
	}
	const answer = parse(text);
	if (response.ok && answer !== undefined) return answer;
	// A proxy's page instead of our JSON says nothing about the request itself: try again.
	if (response.ok) throw new RequestFailed(502);
	throw new RequestFailed(response.status, reasonOf(answer, response.headers));
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Edge functions and the Data API spell a refusal differently (`contracts/errors.ts`). */
function reasonOf(answer: unknown, headers: Headers) {
	const body = (answer ?? {}) as Partial<ErrorBody> & Partial<DataApiError>;
	const code = body.error?.code ?? body.message;
	const details = parse(body.details ?? '') as { retry_after?: unknown } | null | undefined;
	const seconds = Number(
		body.error?.retry_after ?? details?.retry_after ?? headers.get('retry-after') ?? NaN
	);
	return {
		// Our codes are the only ones of this form; the table of all of them is not worth its bytes here.
		code: typeof code === 'string' && /^[a-z_]+$/.test(code) ? (code as ErrorCode) : null,
		retryAfterMs: Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : null
	};
}

/** Every failure a client can act on, with its HTTP status. Screens translate the code; the message is for developers. */
export const statusOf = {
	invalid_input: 422,
	message_empty: 422,
	message_too_long: 422,
	attachment_not_ready: 422,
	assignee_not_on_site: 422,
	too_many_reactions: 422,
	form_incomplete: 422,
	other_site: 422,
	method_not_allowed: 405,
	session_required: 401,
	api_key_invalid: 401,
	session_revoked: 401,
	refresh_token_invalid: 401,
	identity_invalid: 401,
	identity_required: 403,
	origin_not_allowed: 403,
	visitor_blocked: 403,
	forbidden: 403,
	second_factor_required: 403,
	scope_missing: 403,
	not_found: 404,
	site_not_found: 404,
	conversation_not_found: 404,
	message_not_found: 404,
	visitor_not_found: 404,
	organization_not_found: 404,
	member_not_found: 404,
	invitation_not_found: 404,
	label_not_found: 404,
	webhook_not_found: 404,
	delivery_not_found: 404,
	job_not_found: 404,
	api_key_not_found: 404,
	id_conflict: 409,
	last_owner: 409,
	own_factor_missing: 409,
	already_member: 409,
	already_invited: 409,
	invitation_used: 409,
	invitation_revoked: 410,
	invitation_expired: 410,
	invitation_other_email: 403,
	name_mismatch: 422,
	stale_reply: 409,
	signed_value: 409,
	message_redacted: 409,
	edit_window_closed: 409,
	payload_too_large: 413,
	file_too_large: 413,
	quota_exceeded: 413,
	file_type_refused: 415,
	file_damaged: 422,
	file_infected: 422,
	upload_not_found: 404,
	upload_incomplete: 409,
	rate_limited: 429,
	internal: 500
} as const;

export type ErrorCode = keyof typeof statusOf;

export function isErrorCode(value: unknown): value is ErrorCode {
	return typeof value === 'string' && Object.hasOwn(statusOf, value);
}

/** Body of a failed edge function. `retry_after` is in seconds. */
export interface ErrorBody {
	error: { code: ErrorCode; message: string; retry_after?: number };
}

/**
 * Body of a failed Data API call. Our SQL raises `PTxyz` (the HTTP status) with an `ErrorCode` as `message`
 * and a JSON object as `details`, e.g. `{"last_seq":12}` or `{"retry_after":30}`.
 */
export interface DataApiError {
	code: string;
	message: string;
	details: string | null;
	hint: string | null;
}

export class AppError extends Error {
	override readonly name = 'AppError';
	readonly code: ErrorCode;
	/** Seconds to wait before the next try, with `rate_limited`. */
	readonly retryAfter: number | undefined;

	constructor(
		code: ErrorCode,
		message: string = code,
		{ retryAfter, cause }: { retryAfter?: number | undefined; cause?: unknown } = {}
	) {
		super(message, { cause });
		this.code = code;
		this.retryAfter = retryAfter;
	}

	get status(): number {
		return statusOf[this.code];
	}
}

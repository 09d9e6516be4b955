import { m } from '@chatiq/i18n/console';
import type { ErrorCode } from '@chatiq/contracts/errors';

/** A text for every failure; a new error code does not compile without one. */
const errorTexts: Record<ErrorCode | 'unreachable', () => string> = {
	unreachable: m.error_unreachable,
	internal: m.error_internal,
	invalid_input: m.error_invalid_input,
	message_empty: m.error_message_empty,
	message_too_long: m.error_message_too_long,
	method_not_allowed: m.error_method_not_allowed,
	session_required: m.error_session_required,
	session_revoked: m.error_session_required,
	refresh_token_invalid: m.error_session_required,
	identity_invalid: m.error_session_required,
	identity_required: m.error_forbidden,
	origin_not_allowed: m.error_forbidden,
	forbidden: m.error_forbidden,
	site_not_found: m.error_not_found,
	conversation_not_found: m.error_not_found,
	id_conflict: m.error_id_conflict,
	stale_reply: m.error_stale_reply,
	payload_too_large: m.error_payload_too_large,
	rate_limited: m.error_rate_limited
};

export const errorText = (code: ErrorCode | 'unreachable'): string => errorTexts[code]();

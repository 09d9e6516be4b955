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
	organization_not_found: m.error_not_found,
	member_not_found: m.error_not_found,
	invitation_not_found: m.error_invitation_not_found,
	label_not_found: m.error_not_found,
	webhook_not_found: m.error_not_found,
	delivery_not_found: m.error_not_found,
	api_key_not_found: m.error_not_found,
	last_owner: m.error_last_owner,
	already_member: m.error_already_member,
	already_invited: m.error_already_invited,
	invitation_used: m.error_invitation_used,
	invitation_revoked: m.error_invitation_revoked,
	invitation_expired: m.error_invitation_expired,
	invitation_other_email: m.error_invitation_other_email,
	name_mismatch: m.error_name_mismatch,
	id_conflict: m.error_id_conflict,
	stale_reply: m.error_stale_reply,
	payload_too_large: m.error_payload_too_large,
	rate_limited: m.error_rate_limited
};

export const errorText = (code: ErrorCode | 'unreachable'): string => errorTexts[code]();

import { isAuthRetryableFetchError, type AuthError } from '@supabase/supabase-js';

/** What can go wrong with an account; `failure-text.ts` has the words. */
export const authFailures = [
	'missing',
	'email',
	'email_taken',
	'credentials',
	'unconfirmed',
	'weak_password',
	'same_password',
	'wrong_password',
	'link_used',
	'code',
	'recovery_code',
	'closed',
	'too_many',
	'unreachable'
] as const;
export type AuthFailure = (typeof authFailures)[number];

const failureOfCode: Partial<Record<string, AuthFailure>> = {
	email_address_invalid: 'email',
	email_exists: 'email_taken',
	validation_failed: 'email',
	invalid_credentials: 'credentials',
	email_not_confirmed: 'unconfirmed',
	weak_password: 'weak_password',
	same_password: 'same_password',
	otp_expired: 'link_used',
	flow_state_expired: 'link_used',
	flow_state_not_found: 'link_used',
	bad_code_verifier: 'link_used',
	bad_oauth_state: 'link_used',
	// Auth has mailed a link to it.
	provider_email_needs_verification: 'unconfirmed',
	mfa_verification_failed: 'code',
	mfa_challenge_expired: 'code',
	signup_disabled: 'closed',
	email_provider_disabled: 'closed',
	over_request_rate_limit: 'too_many',
	over_email_send_rate_limit: 'too_many'
};

export function authFailure(error: AuthError): AuthFailure {
	if (isAuthRetryableFetchError(error)) return 'unreachable';
	const known = failureOfCode[error.code ?? ''];
	if (known) return known;
	if (error.status === 429) return 'too_many';
	return (error.status ?? 500) >= 500 ? 'unreachable' : 'credentials';
}

/** Of a way back from Google without a code; null for who turned back there, where nothing went wrong. */
export function returnFailure(query: URLSearchParams): AuthFailure | null {
	const known = failureOfCode[query.get('error_code') ?? ''];
	if (known) return known;
	return [null, 'access_denied'].includes(query.get('error')) ? null : 'unreachable';
}

/** Refusals that only an address with an account gets: telling them would tell that it has one. */
const silent = new Set(['otp_disabled', 'user_not_found', 'over_email_send_rate_limit']);

/** Of a request for a mail: null where the page says "look into your mailbox", whether or not a mail left. */
export function mailFailure(error: AuthError | null): AuthFailure | null {
	return error === null || silent.has(error.code ?? '') ? null : authFailure(error);
}

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

/** Refusals that only an address with an account gets: telling them would tell that it has one. */
const silent = new Set(['otp_disabled', 'user_not_found', 'over_email_send_rate_limit']);

/** Of a request for a mail: null where the page says "look into your mailbox", whether or not a mail left. */
export function mailFailure(error: AuthError | null): AuthFailure | null {
	return error === null || silent.has(error.code ?? '') ? null : authFailure(error);
}

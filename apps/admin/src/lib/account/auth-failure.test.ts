import { AuthApiError, AuthRetryableFetchError } from '@supabase/supabase-js';
import { expect, it } from 'vitest';
import { authFailure, mailFailure, returnFailure } from './auth-failure.ts';

const refusal = (status: number, code: string | undefined) =>
	new AuthApiError('refused', status, code);

it('words refusals by their code, then by their status', () => {
	expect(authFailure(refusal(400, 'invalid_credentials'))).toBe('credentials');
	expect(authFailure(refusal(422, 'weak_password'))).toBe('weak_password');
	expect(authFailure(refusal(403, 'otp_expired'))).toBe('link_used');
	expect(authFailure(refusal(429, 'something_new'))).toBe('too_many');
	expect(authFailure(refusal(500, undefined))).toBe('unreachable');
	expect(authFailure(new AuthRetryableFetchError('gone', 0))).toBe('unreachable');
});

it('does not tell whether an address has an account', () => {
	expect(mailFailure(null)).toBeNull();
	expect(mailFailure(refusal(422, 'otp_disabled'))).toBeNull();
	expect(mailFailure(refusal(429, 'over_email_send_rate_limit'))).toBeNull();
	expect(mailFailure(refusal(429, 'over_request_rate_limit'))).toBe('too_many');
	expect(mailFailure(refusal(400, 'validation_failed'))).toBe('email');
});

it('says why Google was no way in, unless the person turned back there', () => {
	const failure = (query: string) => returnFailure(new URLSearchParams(query));
	expect(failure('')).toBeNull();
	expect(failure('error=access_denied&error_code=bad_oauth_callback')).toBeNull();
	expect(failure('error=access_denied&error_code=signup_disabled')).toBe('closed');
	expect(failure('error=access_denied&error_code=provider_email_needs_verification')).toBe(
		'unconfirmed'
	);
	expect(failure('error=invalid_request&error_code=bad_oauth_state')).toBe('link_used');
	expect(failure('error=server_error&error_code=unexpected_failure')).toBe('unreachable');
});

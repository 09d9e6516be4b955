import { isAuthRetryableFetchError, type AuthError } from '@supabase/supabase-js';
import type { SignInFailure } from './session.svelte.ts';

export function signInFailure(error: AuthError): SignInFailure {
	if (isAuthRetryableFetchError(error) || (error.status ?? 0) >= 500) return 'unreachable';
	return error.status === 429 ? 'too_many' : 'credentials';
}

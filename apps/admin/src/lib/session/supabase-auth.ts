import { isAuthRetryableFetchError, type AuthError } from '@supabase/supabase-js';
import type { AuthApi, SignInFailure } from './session.svelte.ts';
import type { Supabase } from './supabase.ts';

export function signInFailure(error: AuthError): SignInFailure {
	if (isAuthRetryableFetchError(error) || (error.status ?? 0) >= 500) return 'unreachable';
	return error.status === 429 ? 'too_many' : 'credentials';
}

export function supabaseAuth(client: () => Supabase): AuthApi {
	return {
		refresh: async () => {
			const { error } = await client().auth.refreshSession();
			if (error && signInFailure(error) !== 'credentials') throw error;
			return error === null;
		},
		signIn: async (email, password) => {
			const { error } = await client().auth.signInWithPassword({ email, password });
			return error && signInFailure(error);
		}
	};
}

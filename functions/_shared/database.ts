import type { Database } from '@chatiq/contracts/database';
import { AppError, isErrorCode } from '@chatiq/contracts/errors';
import { createClient, type PostgrestError, type SupabaseClient } from '@supabase/supabase-js';
import { publishableKey, secretKeys } from './endpoint.ts';

export type ServiceClient = SupabaseClient<Database>;

/** A client with the service role. The rules are in the SQL functions that it calls. */
export function serviceClient(): ServiceClient {
	const [key] = secretKeys();
	const url = Deno.env.get('SUPABASE_URL');
	if (!key || !url) throw new Error('SUPABASE_URL and a secret key must be set');
	return createClient<Database>(url, key, {
		auth: { persistSession: false, autoRefreshToken: false }
	});
}

/** A client with the rights of whoever called: of a visitor, an operator, or of the database with the secret key. */
export function callerClient(token: string): ServiceClient {
	const url = Deno.env.get('SUPABASE_URL');
	if (!url) throw new Error('SUPABASE_URL must be set');
	if (secretKeys().includes(token)) return serviceClient();
	return createClient<Database>(url, publishableKey(), {
		auth: { persistSession: false, autoRefreshToken: false },
		accessToken: () => Promise.resolve(token)
	});
}

/** Turns a refusal of our SQL (`PTxyz`, message = ErrorCode) into an AppError; anything else is internal. */
export function refusal(error: PostgrestError): AppError {
	if (!error.code.startsWith('PT') || !isErrorCode(error.message)) {
		return new AppError('internal', 'internal', { cause: error });
	}
	return new AppError(error.message, error.message, { retryAfter: retryAfter(error.details) });
}

function retryAfter(details: string | null): number | undefined {
	if (!details) return undefined;
	const { retry_after: seconds } = JSON.parse(details) as { retry_after?: number };
	return seconds;
}

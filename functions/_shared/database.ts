import type { Database } from '@chatiq/contracts/database';
import { AppError, isErrorCode } from '@chatiq/contracts/errors';
import { PostgrestClient, type PostgrestError } from '@supabase/postgrest-js';
import { StorageClient } from '@supabase/storage-js';
import { publishableKey, secretKeys } from './endpoint.ts';

export type { PostgrestError };

/** Rows, SQL functions and files. A whole supabase-js, with sessions and sockets, would make each cold start wait. */
export class ServiceClient extends PostgrestClient<Database> {
	readonly storage: StorageClient;

	constructor(apikey: string, token = apikey) {
		const url = Deno.env.get('SUPABASE_URL');
		if (!url) throw new Error('SUPABASE_URL must be set');
		const headers = { apikey, authorization: `Bearer ${token}` };
		super(`${url}/rest/v1`, { headers });
		this.storage = new StorageClient(`${url}/storage/v1`, headers);
	}
}

/** A client with the service role. The rules are in the SQL functions that it calls. */
export function serviceClient(): ServiceClient {
	const [key] = secretKeys();
	if (!key) throw new Error('A secret key must be set');
	return new ServiceClient(key);
}

/** A client with the rights of whoever called: of a visitor, an operator, or of the database with the secret key. */
export function callerClient(token: string): ServiceClient {
	if (secretKeys().includes(token)) return serviceClient();
	return new ServiceClient(publishableKey(), token);
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

import type { Database } from '@chatiq/contracts/database';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import postgres from 'postgres';

/** Where a running stack is, in plain values that cross process borders. */
export interface Backend {
	url: string;
	publishableKey: string;
	secretKey: string;
	jwtSecret: string;
	/** As `postgres`, the role that owns the schema. */
	databaseUrl: string;
}

export type Client = SupabaseClient<Database>;

/** A client as an app makes it: publishable key, no session kept, optional token of its own. */
export function connect(backend: Backend, token?: string): Client {
	return createClient<Database>(backend.url, backend.publishableKey, {
		auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
		...(token === undefined ? {} : { accessToken: () => Promise.resolve(token) })
	});
}

/** A client with the service role. */
export function connectService(backend: Backend): Client {
	return createClient<Database>(backend.url, backend.secretKey, {
		auth: { persistSession: false, autoRefreshToken: false }
	});
}

/** SQL as the owner of the schema, for fixtures and for looking behind the API. */
export function connectSql(backend: Backend): postgres.Sql {
	return postgres(backend.databaseUrl, { max: 4, onnotice: () => undefined });
}

import { createBrowserClient } from '@supabase/ssr';
import type { SupabaseClient } from '@supabase/supabase-js';
import type { Database } from '@chatiq/contracts/database';
import { SUPABASE_PUBLISHABLE_KEY, SUPABASE_URL } from '$app/env/public';
import { sessionCookie } from './cookie.ts';

export type Supabase = SupabaseClient<Database>;

/** The browser's one client; `createBrowserClient` keeps it single. */
export function browserClient(): Supabase {
	return createBrowserClient<Database>(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
		cookieOptions: sessionCookie(SUPABASE_URL),
		// realtime-js waits a second before its first try; most drops are over at once.
		realtime: { reconnectAfterMs: reconnectDelay }
	});
}

function reconnectDelay(tries: number): number {
	return ([200, 1000, 2000, 5000][tries - 1] ?? 10_000) * (0.75 + Math.random() / 2);
}

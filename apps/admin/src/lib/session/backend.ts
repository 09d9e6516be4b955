import { PostgrestClient } from '@supabase/postgrest-js';
import { RealtimeClient } from '@supabase/realtime-js';
import type { Database } from '@chatiq/contracts/database';
import { SUPABASE_PUBLISHABLE_KEY, SUPABASE_URL } from '$app/env/public';

/** The Data API and Realtime as the operator; signing in is our own server's business. */
export interface Backend {
	rest: PostgrestClient<Database>;
	realtime: RealtimeClient;
}

/** `token` answers null when the session has ended; `alive` is called with every answered heartbeat. */
/** The page is being left: what is under way then must outlive it. */
let leaving = false;
if (typeof addEventListener === 'function') {
	addEventListener('pagehide', () => (leaving = true), { capture: true });
	addEventListener('pageshow', () => (leaving = false), { capture: true });
}

export function connectBackend(token: () => Promise<string | null>, alive: () => void): Backend {
	return {
		rest: new PostgrestClient<Database>(`${SUPABASE_URL}/rest/v1`, { fetch: withToken(token) }),
		realtime: new RealtimeClient(`${SUPABASE_URL.replace(/^http/, 'ws')}/realtime/v1`, {
			params: { apikey: SUPABASE_PUBLISHABLE_KEY },
			accessToken: token,
			reconnectAfterMs: reconnectDelay,
			heartbeatCallback: (status) => {
				if (status === 'ok') alive();
			}
		})
	};
}

function withToken(token: () => Promise<string | null>): typeof fetch {
	return async (input, init) => {
		const bearer = await token();
		// The same answer as the API would give, without asking it.
		if (bearer === null) return Response.json({ message: 'session_required' }, { status: 401 });
		const headers = new Headers(init?.headers);
		headers.set('apikey', SUPABASE_PUBLISHABLE_KEY);
		headers.set('authorization', `Bearer ${bearer}`);
		return fetch(input, { ...init, headers, keepalive: leaving });
	};
}

/** realtime-js waits a second before its first try; most drops are over at once. */
function reconnectDelay(tries: number): number {
	return ([200, 1000, 2000, 5000][tries - 1] ?? 10_000) * (0.75 + Math.random() / 2);
}

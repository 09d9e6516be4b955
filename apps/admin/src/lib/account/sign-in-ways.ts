import * as z from 'zod';
import { SUPABASE_PUBLISHABLE_KEY, SUPABASE_URL } from '$app/env/public';

const Settings = z.object({
	disable_signup: z.boolean(),
	external: z.object({ google: z.boolean().default(false) })
});

export interface SignInWays {
	google: boolean;
	signUp: boolean;
}

const keepMs = 60_000;
const patienceMs = 3000;
let known: { ways: SignInWays; at: number } | null = null;

/** What the project allows. When Auth does not say, the page offers what always works. */
export async function signInWays(): Promise<SignInWays> {
	if (known && Date.now() - known.at < keepMs) return known.ways;
	try {
		const response = await fetch(`${SUPABASE_URL}/auth/v1/settings`, {
			headers: { apikey: SUPABASE_PUBLISHABLE_KEY },
			signal: AbortSignal.timeout(patienceMs)
		});
		if (!response.ok) throw new Error(`Auth answers ${response.status}`);
		const { external, disable_signup } = Settings.parse(await response.json());
		known = { ways: { google: external.google, signUp: !disable_signup }, at: Date.now() };
		return known.ways;
	} catch (error) {
		console.warn('The settings of Auth could not be read', error);
		return known?.ways ?? { google: false, signUp: true };
	}
}

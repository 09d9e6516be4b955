import { createClient, type AuthError } from '@supabase/supabase-js';
import { SUPABASE_PUBLISHABLE_KEY, SUPABASE_URL } from '$app/env/public';

/** Whether this is somebody's password, without touching the session of who asks; null when it is. */
export async function checkPassword(email: string, password: string): Promise<AuthError | null> {
	const { auth } = createClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
		auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false }
	});
	const { error } = await auth.signInWithPassword({ email, password });
	if (!error) await auth.signOut({ scope: 'local' });
	return error;
}

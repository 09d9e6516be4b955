import { fail } from '@sveltejs/kit';
import { authFailure, type AuthFailure } from './auth-failure.ts';
import { formText } from './form-text.ts';

const refused = (failure: AuthFailure | 'same_email', email: string) =>
	fail(422, { part: 'email' as const, code: failure, email });

/** Asks for another address. It counts when both mailboxes have agreed, or the new one where the project says so. */
export async function changeEmail({ supabase, user }: App.Locals, form: FormData, origin: string) {
	const email = formText(form, 'email').toLowerCase();
	if (!email) return refused('missing', email);
	if (email === user?.email.toLowerCase()) return refused('same_email', email);
	const { error } = await supabase.auth.updateUser(
		{ email },
		{ emailRedirectTo: `${origin}/settings/profile?email` }
	);
	if (error) return refused(authFailure(error), email);
	return { part: 'email' as const, code: null, email };
}

/** The address that waits to be confirmed. */
export async function waitingEmail({ supabase }: App.Locals): Promise<string | null> {
	const { data } = await supabase.auth.getUser();
	return data.user?.new_email ?? null;
}

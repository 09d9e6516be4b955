import type { InvitationPreview } from '@chatiq/contracts/team';
import { getLocale } from '@chatiq/i18n/console/runtime';
import { fail, redirect } from '@sveltejs/kit';
import { authFailure, mailFailure } from '#lib/account/auth-failure.ts';
import { formPassword, formText } from '#lib/account/form-text.ts';
import { signInWays } from '#lib/account/sign-in-ways.ts';
import { returnTo } from '#lib/session/return-to.ts';
import type { Actions, PageServerLoad } from './$types';

const targetOf = (url: URL): string => returnTo(url.searchParams.get('return'));

export const load: PageServerLoad = async ({ locals, url }) => {
	const target = targetOf(url);
	if (locals.user) redirect(303, target);
	const token = /^\/invitation\/([^/?]+)$/.exec(target)?.[1];
	const [ways, invitation] = await Promise.all([
		signInWays(),
		token === undefined ? null : readInvitation(locals, decodeURIComponent(token))
	]);
	return { target, ways, invitation: invitation?.state === 'waiting' ? invitation : null };
};

async function readInvitation(
	{ supabase }: App.Locals,
	token: string
): Promise<InvitationPreview | null> {
	const { data } = await supabase.rpc('read_invitation', { token });
	// docs/api.md: the generated type only knows that it is JSON.
	return data as unknown as InvitationPreview | null;
}

export const actions: Actions = {
	create: async ({ request, locals, url }) => {
		const form = await request.formData();
		const [name, email] = [formText(form, 'name'), formText(form, 'email')];
		const password = formPassword(form);
		const kept = { name, email, sent: false };
		if (!name || !email || !password) return fail(400, { ...kept, failure: 'missing' as const });
		const target = targetOf(url);
		const { data, error } = await locals.supabase.auth.signUp({
			email,
			password,
			// The name goes into the profile, the language into the mails of Auth.
			options: { data: { name, language: getLocale() }, emailRedirectTo: url.origin + target }
		});
		// An address that has an account looks like a new one; so does the haste of a second try.
		const failure = mailFailure(error);
		if (failure) return fail(error?.status ?? 503, { ...kept, failure });
		// A project that asks for no confirmation signs in at once.
		if (data.session) redirect(303, target);
		return { ...kept, sent: true, failure: null };
	},
	resend: async ({ request, locals, url }) => {
		const email = formText(await request.formData(), 'email');
		const kept = { name: '', email, sent: true };
		if (!email) return fail(400, { ...kept, failure: 'missing' as const });
		const { error } = await locals.supabase.auth.resend({
			type: 'signup',
			email,
			options: { emailRedirectTo: url.origin + targetOf(url) }
		});
		const hasty = error?.code === 'over_email_send_rate_limit';
		if (error && !hasty) return fail(error.status ?? 503, { ...kept, failure: authFailure(error) });
		return { ...kept, failure: null };
	}
};

import { cookieName, isLocale } from '@chatiq/i18n/console/runtime';
import { isErrorCode } from '@chatiq/contracts/errors';
import { error, fail, redirect } from '@sveltejs/kit';
import { setAvatar, storeAvatar } from '#lib/account/avatar-store.ts';
import { changeEmail, waitingEmail } from '#lib/account/change-email.ts';
import { formText } from '#lib/account/form-text.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ parent, locals }) => {
	const { me } = await parent();
	const [profile, waiting] = await Promise.all([
		locals.supabase
			.from('profiles')
			.select('display_name, avatar_url, job_title, language, signature')
			.eq('id', me.id)
			.single(),
		waitingEmail(locals)
	]);
	if (profile.error) error(503, 'the backend does not answer');
	return { profile: profile.data, waitingEmail: waiting };
};

export const actions: Actions = {
	save: async ({ request, locals, cookies }) => {
		if (!locals.user) error(401, 'session_required');
		const form = await request.formData();
		const display_name = formText(form, 'name');
		if (!display_name) return fail(422, { part: 'profile' as const, code: 'name' });
		const language = formText(form, 'language');
		const { error: refusal } = await locals.supabase
			.from('profiles')
			.update({
				display_name,
				job_title: formText(form, 'job_title') || null,
				signature: formText(form, 'signature') || null,
				...(isLocale(language) && { language })
			})
			.eq('id', locals.user.id);
		if (refusal) return fail(503, { part: 'profile' as const, code: 'unreachable' });
		if (isLocale(language)) {
			cookies.set(cookieName, language, { path: '/', httpOnly: false, secure: false });
			// Auth words its mails by it; what it forgets now, it learns with the next save.
			await locals.supabase.auth.updateUser({ data: { language } });
		}
		redirect(303, '/settings/profile?saved');
	},
	email: async ({ request, locals, url }) =>
		changeEmail(locals, await request.formData(), url.origin),
	avatar: async ({ request, locals }) => {
		const file = (await request.formData()).get('picture');
		if (!(file instanceof File) || file.size === 0)
			return fail(422, { part: 'avatar' as const, code: 'no_picture' });
		const refusal = await storeAvatar(locals, file);
		if (refusal) return fail(422, { part: 'avatar' as const, code: refusal });
		// No other page: what is typed below stays.
		return { part: 'avatar' as const, code: null };
	},
	removeAvatar: async ({ locals }) => {
		const refusal = await setAvatar(locals, null);
		if (refusal) return fail(503, { part: 'avatar' as const, code: refusal });
		return { part: 'avatar' as const, code: null };
	},
	leave: async ({ request, locals }) => {
		const { error: refusal } = await locals.supabase.rpc('leave_organization', {
			organization_id: formText(await request.formData(), 'organization_id')
		});
		if (!refusal) redirect(303, '/settings/profile');
		const code = isErrorCode(refusal.message) ? refusal.message : 'unreachable';
		return fail(409, { part: 'organizations' as const, code });
	}
};

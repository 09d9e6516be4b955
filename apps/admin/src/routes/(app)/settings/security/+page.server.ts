import { isErrorCode } from '@chatiq/contracts/errors';
import { error, fail, redirect } from '@sveltejs/kit';
import { authFailure, type AuthFailure } from '#lib/account/auth-failure.ts';
import { checkPassword } from '#lib/account/check-password.ts';
import { activateFactor, enrolFactor, newRecoveryCodes } from '#lib/account/factor-actions.ts';
import { formPassword, formText } from '#lib/account/form-text.ts';
import { passwordMinLength } from '#lib/account/password-rule.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	const { supabase } = locals;
	const [factors, sessions, codes] = await Promise.all([
		supabase.auth.mfa.listFactors(),
		supabase.rpc('list_sessions'),
		supabase.rpc('count_recovery_codes')
	]);
	if (factors.error || sessions.error || codes.error) error(503, 'the backend does not answer');
	const factor = factors.data.totp[0];
	return {
		factor: factor ? { id: factor.id, since: factor.created_at } : null,
		sessions: sessions.data,
		codesLeft: codes.data
	};
};

const wrong = (part: 'password' | 'factor' | 'sessions' | 'account', failure: AuthFailure) =>
	fail(422, { part, failure, enrolment: null, codes: null, code: null, done: false });

const done = (part: 'password' | 'factor' | 'sessions') => ({
	...{ part, failure: null, enrolment: null, codes: null as string[] | null, code: null },
	done: true
});

export const actions: Actions = {
	password: async ({ request, locals }) => {
		if (!locals.user) error(401, 'session_required');
		const form = await request.formData();
		const password = formPassword(form, 'new_password');
		if (password.length < passwordMinLength) return wrong('password', 'weak_password');
		const problem = await checkPassword(locals.user.email, formPassword(form, 'password'));
		if (problem) {
			const failure = authFailure(problem);
			return wrong('password', failure === 'credentials' ? 'wrong_password' : failure);
		}
		const { error: refusal } = await locals.supabase.auth.updateUser({ password });
		if (refusal) return wrong('password', authFailure(refusal));
		// Whoever knew the old one is signed out.
		const { error: open } = await locals.supabase.rpc('end_other_sessions');
		return open ? wrong('sessions', 'unreachable') : done('password');
	},
	enrol: ({ locals }) => enrolFactor(locals),
	activate: async ({ request, locals }) => activateFactor(locals, await request.formData()),
	codes: ({ locals }) => newRecoveryCodes(locals),
	disable: async ({ request, locals }) => {
		const { error: refusal } = await locals.supabase.auth.mfa.unenroll({
			factorId: formText(await request.formData(), 'id')
		});
		if (refusal) return wrong('factor', authFailure(refusal));
		// The cookie's session knows the factor until it is renewed.
		await locals.supabase.auth.refreshSession();
		return done('factor');
	},
	endSession: async ({ request, locals }) => {
		const { error: refusal } = await locals.supabase.rpc('end_session', {
			session_id: formText(await request.formData(), 'id')
		});
		return refusal ? wrong('sessions', 'unreachable') : done('sessions');
	},
	endOthers: async ({ locals }) => {
		const { error: refusal } = await locals.supabase.rpc('end_other_sessions');
		return refusal ? wrong('sessions', 'unreachable') : done('sessions');
	},
	deleteAccount: async ({ request, locals }) => {
		const { error: refusal } = await locals.supabase.rpc('delete_account', {
			email: formText(await request.formData(), 'email')
		});
		// The account was gone before an answer was lost, or this session is over: either way there is nobody here.
		if (refusal && refusal.message !== 'session_required') {
			const code = isErrorCode(refusal.message) ? refusal.message : ('unreachable' as const);
			return fail(422, {
				...{ part: 'account' as const, failure: null, enrolment: null, codes: null },
				...{ code, done: false }
			});
		}
		await locals.supabase.auth.signOut({ scope: 'local' });
		redirect(303, '/login');
	}
};

import { fail } from '@sveltejs/kit';
import { authFailure, type AuthFailure } from './auth-failure.ts';
import { formText } from './form-text.ts';

/** What a form about the second factor is told: what went wrong, or what comes next. */
interface Answer {
	part: 'factor';
	failure: AuthFailure | null;
	enrolment: { id: string; qr: string; secret: string } | null;
	codes: string[] | null;
}

const answer = (about: Partial<Answer>): Answer & { code: null; done: boolean } => ({
	...{ part: 'factor', failure: null, enrolment: null, codes: null, code: null, done: true },
	...about
});

const refused = (failure: AuthFailure, enrolment: Answer['enrolment'] = null) =>
	fail(422, { ...answer({ failure, enrolment }), done: false });

/** Begins: a secret for the authenticator app. What was begun before and left is taken away. */
export async function enrolFactor({ supabase }: App.Locals) {
	const { mfa } = supabase.auth;
	const known = await mfa.listFactors();
	for (const factor of known.data?.all ?? []) {
		if (factor.status === 'unverified') await mfa.unenroll({ factorId: factor.id });
	}
	const { data, error } = await mfa.enroll({ factorType: 'totp', issuer: 'ChatIQ' });
	if (error) return refused(authFailure(error));
	const { id, totp } = data;
	return answer({ enrolment: { id, qr: totp.qr_code, secret: totp.secret } });
}

/** The first code of the app: from now on it is asked for. */
export async function activateFactor({ supabase }: App.Locals, form: FormData) {
	const [id, qr, secret] = [formText(form, 'id'), formText(form, 'qr'), formText(form, 'secret')];
	const { error } = await supabase.auth.mfa.challengeAndVerify({
		factorId: id,
		code: formText(form, 'code').replaceAll(' ', '')
	});
	if (error) return refused(error.status === 422 ? 'code' : authFailure(error), { id, qr, secret });
	return newRecoveryCodes({ supabase });
}

export async function newRecoveryCodes({ supabase }: Pick<App.Locals, 'supabase'>) {
	const { data, error } = await supabase.rpc('create_recovery_codes');
	if (error) return refused(error.message === 'rate_limited' ? 'too_many' : 'unreachable');
	return answer({ codes: data });
}

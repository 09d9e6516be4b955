import type { Onboarding } from '@chatiq/contracts/onboarding';
import { isErrorCode, type ErrorCode } from '@chatiq/contracts/errors';
import { uuidv7 } from '@chatiq/contracts/ids';
import { error, fail, redirect } from '@sveltejs/kit';
import { formText } from '#lib/account/form-text.ts';
import { originOf } from '#lib/settings/origin.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ parent, locals }) => {
	const { adminOf } = await parent();
	const [organization] = adminOf;
	// Operators have nothing to set up; the database says so as well.
	if (!organization) error(404);
	const answer = await locals.supabase.rpc('read_onboarding', { organization_id: organization.id });
	if (answer.error) error(503, 'the backend does not answer');
	return {
		// docs/api.md: the generated type only knows that it is JSON.
		onboarding: answer.data as unknown as Onboarding,
		// Sent back by the forms: a second click makes nothing twice.
		newId: uuidv7()
	};
};

const refused = (step: 'site' | 'invite' | 'origin', code: ErrorCode | 'website', value = '') =>
	fail(422, { step, code, value, done: false });

const codeOf = ({ message }: { message: string }): ErrorCode =>
	isErrorCode(message) ? message : 'internal';

export const actions: Actions = {
	site: async ({ request, locals }) => {
		const form = await request.formData();
		const website = formText(form, 'website');
		const origin = originOf(website);
		if (!origin) return refused('site', 'website', website);
		const { error: problem } = await locals.supabase.rpc('create_site', {
			site_id: formText(form, 'id'),
			organization_id: formText(form, 'organization_id'),
			name: formText(form, 'name') || new URL(origin).hostname,
			allowed_origins: [origin]
		});
		// A full load: the console around this page knows its sites from the first one.
		if (!problem) redirect(303, '/settings/start');
		return refused('site', codeOf(problem), website);
	},
	invite: async ({ request, locals }) => {
		const form = await request.formData();
		const email = formText(form, 'email');
		const { error: problem } = await locals.supabase.rpc('invite_member', {
			invitation_id: formText(form, 'id'),
			organization_id: formText(form, 'organization_id'),
			email,
			role: 'operator',
			site_ids: [formText(form, 'site_id')].filter(Boolean)
		});
		if (problem) return refused('invite', codeOf(problem), email);
		return { step: 'invite' as const, code: null, value: email, done: true };
	},
	/** Lets in an origin that the widget was refused on. */
	origin: async ({ request, locals }) => {
		const form = await request.formData();
		const site = formText(form, 'site_id');
		const known = await locals.supabase
			.from('sites')
			.select('allowed_origins')
			.eq('id', site)
			.single();
		if (known.error) return refused('origin', codeOf(known.error));
		const allowed_origins = [...new Set([...known.data.allowed_origins, formText(form, 'origin')])];
		const { error: problem } = await locals.supabase
			.from('sites')
			.update({ allowed_origins })
			.eq('id', site);
		if (problem) return refused('origin', 'invalid_input');
		return { step: 'origin' as const, code: null, value: '', done: true };
	},
	dismiss: async ({ request, locals }) => {
		const form = await request.formData();
		const hide = formText(form, 'hide') === 'true';
		const { error: problem } = await locals.supabase
			.from('organizations')
			.update({ start_dismissed_at: hide ? new Date().toISOString() : null })
			.eq('id', formText(form, 'organization_id'));
		if (problem) error(503, 'the backend does not answer');
		return { step: 'dismiss' as const, code: null, value: '', done: true };
	}
};

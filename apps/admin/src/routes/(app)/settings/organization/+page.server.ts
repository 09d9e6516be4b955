import { isErrorCode, type ErrorCode } from '@chatiq/contracts/errors';
import { error, fail, redirect } from '@sveltejs/kit';
import { formText } from '#lib/account/form-text.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ parent }) => {
	const { adminOf } = await parent();
	// Operators have nothing to do here; the database says so as well.
	if (adminOf.length === 0) error(404);
};

const refused = (part: 'name' | 'delete', code: ErrorCode | 'unreachable' | 'missing') =>
	fail(422, { part, code });

const codeOf = ({ message }: { message: string }): ErrorCode | 'unreachable' =>
	isErrorCode(message) ? message : 'unreachable';

export const actions: Actions = {
	rename: async ({ request, locals }) => {
		const form = await request.formData();
		const name = formText(form, 'name').slice(0, 120);
		if (!name) return refused('name', 'missing');
		const { data, error: refusal } = await locals.supabase
			.from('organizations')
			.update({ name })
			.eq('id', formText(form, 'organization_id'))
			.select('id');
		if (refusal) return refused('name', codeOf(refusal));
		// Not an admin any more: the policy lets nothing be written.
		if (data.length === 0) return refused('name', 'forbidden');
		redirect(303, '/settings/organization?saved');
	},
	delete: async ({ request, locals }) => {
		const form = await request.formData();
		const { error: refusal } = await locals.supabase.rpc('delete_organization', {
			organization_id: formText(form, 'organization_id'),
			name: formText(form, 'name')
		});
		if (refusal) return refused('delete', codeOf(refusal));
		redirect(303, '/inbox');
	}
};

import type { InvitationPreview } from '@chatiq/contracts/team';
import { isErrorCode, type ErrorCode } from '@chatiq/contracts/errors';
import { error, fail, redirect } from '@sveltejs/kit';
import { inOrganization } from '#lib/session/organization.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ params, locals }) => {
	const answer = await locals.supabase.rpc('read_invitation', { token: params.token });
	if (answer.error) error(503, 'the backend does not answer');
	return {
		// docs/api.md: the generated type only knows that it is JSON.
		invitation: answer.data as unknown as InvitationPreview | null,
		email: locals.user?.email ?? null
	};
};

export const actions: Actions = {
	default: async ({ params, locals }) => {
		const answer = await locals.supabase.rpc('accept_invitation', { token: params.token });
		if (!answer.error) redirect(303, inOrganization('/inbox', answer.data.organization_id));
		const code: ErrorCode = isErrorCode(answer.error.message) ? answer.error.message : 'internal';
		return fail(answer.status || 503, { code });
	}
};

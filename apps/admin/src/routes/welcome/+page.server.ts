import { isErrorCode, type ErrorCode } from '@chatiq/contracts/errors';
import { uuidv7 } from '@chatiq/contracts/ids';
import { fail, redirect } from '@sveltejs/kit';
import * as z from 'zod';
import { formText } from '#lib/account/form-text.ts';
import { originOf } from '#lib/settings/origin.ts';
import { loginPath } from '#lib/session/return-to.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) => {
	if (!locals.user) redirect(303, loginPath(url));
	return {
		email: locals.user.email,
		// Made here, sent back by the form: a second click makes nothing twice.
		organizationId: uuidv7(),
		siteId: uuidv7()
	};
};

const Ids = z.object({ organization_id: z.uuid(), site_id: z.uuid() });

export const actions: Actions = {
	default: async ({ request, locals, url }) => {
		if (!locals.user) redirect(303, loginPath(url));
		const form = await request.formData();
		const [name, website] = [formText(form, 'name'), formText(form, 'website')];
		const kept = { name, website };
		const ids = Ids.safeParse(Object.fromEntries(form));
		const origin = originOf(website);
		if (!name || !ids.success) return fail(422, { ...kept, code: 'invalid_input' as const });
		if (!origin) return fail(422, { ...kept, code: 'website' as const });
		const { organization_id, site_id } = ids.data;
		const { supabase } = locals;
		const organization = await supabase.rpc('create_organization', { organization_id, name });
		if (organization.error) return refused(kept, organization);
		const site = await supabase.rpc('create_site', {
			site_id,
			organization_id,
			// Visitors read it above what they are answered: a team's name, not the address that they are at anyway.
			name,
			allowed_origins: [origin],
			time_zone: formText(form, 'time_zone') || 'UTC'
		});
		if (site.error) return refused(kept, site);
		redirect(303, `/settings/start?organization=${organization_id}`);
	}
};

function refused(
	kept: { name: string; website: string },
	{ error, status }: { error: { message: string }; status: number }
) {
	const code: ErrorCode = isErrorCode(error.message) ? error.message : 'internal';
	return fail(status >= 400 ? status : 503, { ...kept, code });
}

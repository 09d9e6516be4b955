import { error } from '@sveltejs/kit';
import type { MailSetup } from '@chatiq/contracts/mails';
import { SUPABASE_URL } from '$app/env/public';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ parent }) => {
	const { adminOf, access } = await parent();
	const [organization] = adminOf;
	// What goes out is the admins' business; the database says so as well.
	if (!organization) error(404);
	// Not awaited: the function may have to start, and the rest of the page need not wait for it.
	return { setup: readSetup(organization.id, access.token) };
};

/** Null when the function does not answer: the page says so. */
async function readSetup(organization: string, token: string): Promise<MailSetup | null> {
	// Not the event's fetch, which takes an address on our own host for a page of this app.
	const address = `${SUPABASE_URL}/functions/v1/inbound-mail?organization=${organization}`;
	try {
		const response = await fetch(address, {
			headers: { authorization: `Bearer ${token}` },
			signal: AbortSignal.timeout(10_000)
		});
		if (!response.ok) throw new Error(`inbound-mail answered ${response.status}`);
		return (await response.json()) as MailSetup;
	} catch (failure) {
		console.warn(failure);
		return null;
	}
}

import { error } from '@sveltejs/kit';
import type { OrganizationHealth } from '@chatiq/contracts/health';
import { SUPABASE_URL } from '$app/env/public';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ parent, depends }) => {
	const { adminOf, access } = await parent();
	const [organization] = adminOf;
	// The database says so as well.
	if (!organization) error(404);
	depends('app:health');
	// Not awaited: what does not answer must not hold up the page that says so.
	return {
		metricsUrl: `${SUPABASE_URL}/functions/v1/health/metrics`,
		health: readHealth(organization.id, access.token)
	};
};

/** Null when the function itself does not answer. */
async function readHealth(organization: string, token: string): Promise<OrganizationHealth | null> {
	const address = `${SUPABASE_URL}/functions/v1/health?organization=${organization}`;
	try {
		const response = await fetch(address, {
			headers: { authorization: `Bearer ${token}` },
			signal: AbortSignal.timeout(10_000)
		});
		if (!response.ok) throw new Error(`health answered ${response.status}`);
		return (await response.json()) as OrganizationHealth;
	} catch (failure) {
		console.warn(failure);
		return null;
	}
}

import type { Membership } from '#lib/session/membership.ts';

type Organization = Membership['adminOf'][number];

/** The organisation that settings are about: the one in the address, else the first that is managed. */
export function chosenOrganization(
	url: { searchParams: Pick<URLSearchParams, 'get'> },
	adminOf: readonly Organization[]
): Organization | undefined {
	const id = url.searchParams.get('organization');
	return adminOf.find((organization) => organization.id === id) ?? adminOf[0];
}

/** The address of a settings page for the same organisation. */
export function withOrganization(
	href: string,
	chosen: Organization | undefined,
	adminOf: readonly Organization[]
): string {
	return chosen && chosen !== adminOf[0] ? `${href}?organization=${chosen.id}` : href;
}

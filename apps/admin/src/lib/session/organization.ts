import type { MyOrganization } from '@chatiq/contracts/team';

/** Which organisation the console was in last; scripts write it, so that the tab in front has the say. */
export const organizationCookie = 'organization';

export type Choice =
	| { kind: 'open'; organization: MyOrganization }
	/** It asks for a second factor that is not set up. */
	| { kind: 'closed'; organization: MyOrganization }
	| { kind: 'none' };

/** The organisation to work in: the one that an address asks for, else the one of last time, else any that is open. */
export function chooseOrganization(
	mine: readonly MyOrganization[],
	{ asked, last }: { asked: string | null; last: string | undefined }
): Choice {
	const wanted = mine.find(({ id }) => id === asked);
	if (wanted?.factor_missing) return { kind: 'closed', organization: wanted };
	const open = mine.filter(({ factor_missing }) => !factor_missing);
	const organization = wanted ?? open.find(({ id }) => id === last) ?? open[0];
	if (organization) return { kind: 'open', organization };
	return mine[0] ? { kind: 'closed', organization: mine[0] } : { kind: 'none' };
}

/** The address of a page in another organisation; a full load, because everything around the page changes. */
export function inOrganization(path: string, id: string): string {
	return `${path}?organization=${id}`;
}

import { createContext } from 'svelte';
import type { Tables } from '@chatiq/contracts/database';
import type { MyOrganization } from '@chatiq/contracts/team';
import type { Theme } from './theme.ts';

export type Person = Pick<Tables<'profiles'>, 'id' | 'display_name' | 'avatar_url'>;
export type Site = Pick<Tables<'sites'>, 'id' | 'name' | 'organization_id'>;

export type Label = Pick<Tables<'labels'>, 'id' | 'organization_id' | 'name' | 'color'>;

/** Who the operator is, and the organisation they work in: with whom, and on which sites. */
export interface Membership {
	me: { id: string; email: string; name: string; avatar_url: string | null };
	organization: MyOrganization;
	/** That organisation, if the operator manages it; the database says so as well. */
	adminOf: readonly MyOrganization[];
	/** All that the operator belongs to, by name. */
	organizations: readonly MyOrganization[];
	/** Me and my colleagues, by id. */
	people: ReadonlyMap<string, Person>;
	sites: readonly Site[];
	/** By name. */
	labels: readonly Label[];
	/** As the page was drawn. */
	theme: Theme;
}

export const [getMembership, setMembership] = createContext<Membership>();

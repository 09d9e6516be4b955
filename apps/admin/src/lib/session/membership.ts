import { createContext } from 'svelte';
import type { Tables } from '@chatiq/contracts/database';
import type { Theme } from './theme.ts';

export type Person = Pick<Tables<'profiles'>, 'id' | 'display_name' | 'avatar_url'>;
export type Site = Pick<Tables<'sites'>, 'id' | 'name' | 'organization_id'>;

export type Label = Pick<Tables<'labels'>, 'id' | 'organization_id' | 'name' | 'color'>;

/** Who the operator is, with whom they work and on which sites. */
export interface Membership {
	me: { id: string; email: string; name: string; avatar_url: string | null };
	/** Me and my colleagues, by id. */
	people: ReadonlyMap<string, Person>;
	sites: readonly Site[];
	/** Of all their organisations, by name. */
	labels: readonly Label[];
	organizationIds: readonly string[];
	/** Organisations that the operator manages. */
	adminOf: readonly { id: string; name: string }[];
	/** As the page was drawn. */
	theme: Theme;
}

export const [getMembership, setMembership] = createContext<Membership>();

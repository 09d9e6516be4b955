import type { Label, Membership, Person, Site } from './membership.ts';

/** The membership of the moment: sites, labels and colleagues change while the console is open. */
export class LiveMembership implements Membership {
	readonly me: Membership['me'];
	readonly theme: Membership['theme'];
	organization: Membership['organization'];
	organizations = $state.raw<Membership['organizations']>([]);
	people = $state.raw<ReadonlyMap<string, Person>>(new Map());
	sites = $state.raw<readonly Site[]>([]);
	labels = $state.raw<readonly Label[]>([]);
	adminOf = $state.raw<Membership['adminOf']>([]);

	constructor({ me, theme, organization, ...rest }: Membership) {
		this.me = me;
		this.theme = theme;
		this.organization = $state.raw(organization);
		Object.assign(this, rest);
	}

	take(fresh: Omit<Membership, 'me' | 'theme'>): void {
		Object.assign(this, fresh);
	}
}

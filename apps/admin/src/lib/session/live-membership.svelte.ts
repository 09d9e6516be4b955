import type { Label, Membership, Person, Site } from './membership.ts';

/** The membership of the moment: sites, labels and colleagues change while the console is open. */
export class LiveMembership implements Membership {
	readonly me: Membership['me'];
	readonly theme: Membership['theme'];
	people = $state.raw<ReadonlyMap<string, Person>>(new Map());
	sites = $state.raw<readonly Site[]>([]);
	labels = $state.raw<readonly Label[]>([]);
	organizationIds = $state.raw<readonly string[]>([]);
	adminOf = $state.raw<Membership['adminOf']>([]);

	constructor({ me, theme, ...rest }: Membership) {
		this.me = me;
		this.theme = theme;
		Object.assign(this, rest);
	}

	take(fresh: Omit<Membership, 'me' | 'theme'>): void {
		Object.assign(this, fresh);
	}
}

import Activity from '@lucide/svelte/icons/activity';
import Rocket from '@lucide/svelte/icons/rocket';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import UserRound from '@lucide/svelte/icons/user-round';
import type { Component } from 'svelte';
import { m } from '@chatiq/i18n/console';

export interface Section {
	href: `/settings/${string}`;
	title: () => string;
	icon: Component<{ class?: string }>;
	/** Only for owners and admins; the database says so as well. */
	forAdmins?: boolean;
}

interface SectionGroup {
	title: () => string;
	sections: readonly Section[];
}

const groups: readonly SectionGroup[] = [
	{
		title: m.settings_group_you,
		sections: [
			{ href: '/settings/profile', title: m.profile_title, icon: UserRound },
			{ href: '/settings/security', title: m.security_title, icon: ShieldCheck }
		]
	},
	{
		title: m.settings_group_begin,
		sections: [{ href: '/settings/start', title: m.start_title, icon: Rocket, forAdmins: true }]
	},
	{
		title: m.settings_group_system,
		sections: [{ href: '/settings/jobs', title: m.jobs_title, icon: Activity, forAdmins: true }]
	}
];

/** The settings that somebody has, by group, in the order of the navigation. */
export function sectionsFor({ admin }: { admin: boolean }): SectionGroup[] {
	return groups
		.map(({ title, sections }) => ({
			title,
			sections: sections.filter(({ forAdmins }) => admin || !forAdmins)
		}))
		.filter(({ sections }) => sections.length > 0);
}

import Activity from '@lucide/svelte/icons/activity';
import Download from '@lucide/svelte/icons/download';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Users from '@lucide/svelte/icons/users';
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
		title: m.settings_group_team,
		sections: [
			{ href: '/settings/team', title: m.team_title, icon: Users, forAdmins: true },
			{ href: '/settings/audit', title: m.audit_title, icon: ScrollText, forAdmins: true },
			{ href: '/settings/export', title: m.export_title, icon: Download, forAdmins: true }
		]
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

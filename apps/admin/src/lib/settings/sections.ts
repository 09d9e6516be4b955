import Activity from '@lucide/svelte/icons/activity';
import Globe from '@lucide/svelte/icons/globe';
import MessageSquareText from '@lucide/svelte/icons/message-square-text';
import Tags from '@lucide/svelte/icons/tags';
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
		title: m.set_group_chat,
		sections: [
			{ href: '/settings/sites', title: m.set_sites_title, icon: Globe },
			{ href: '/settings/templates', title: m.set_templates_title, icon: MessageSquareText },
			{ href: '/settings/labels', title: m.set_labels_title, icon: Tags }
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

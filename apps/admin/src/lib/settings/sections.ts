import Activity from '@lucide/svelte/icons/activity';
import Bell from '@lucide/svelte/icons/bell';
import Building from '@lucide/svelte/icons/building-2';
import Download from '@lucide/svelte/icons/download';
import Globe from '@lucide/svelte/icons/globe';
import HeartPulse from '@lucide/svelte/icons/heart-pulse';
import KeyRound from '@lucide/svelte/icons/key-round';
import Mail from '@lucide/svelte/icons/mail';
import MessageSquareText from '@lucide/svelte/icons/message-square-text';
import Rocket from '@lucide/svelte/icons/rocket';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import Tags from '@lucide/svelte/icons/tags';
import UserRound from '@lucide/svelte/icons/user-round';
import Users from '@lucide/svelte/icons/users';
import Webhook from '@lucide/svelte/icons/webhook';
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
		title: m.settings_group_begin,
		sections: [{ href: '/settings/start', title: m.start_title, icon: Rocket, forAdmins: true }]
	},
	{
		title: m.set_group_chat,
		sections: [
			{ href: '/settings/sites', title: m.set_sites_title, icon: Globe },
			{ href: '/settings/templates', title: m.set_templates_title, icon: MessageSquareText },
			{ href: '/settings/labels', title: m.set_labels_title, icon: Tags }
		]
	},
	{
		title: m.settings_group_team,
		sections: [
			{
				href: '/settings/organization',
				title: m.organization_title,
				icon: Building,
				forAdmins: true
			},
			{ href: '/settings/team', title: m.team_title, icon: Users, forAdmins: true },
			{ href: '/settings/audit', title: m.audit_title, icon: ScrollText, forAdmins: true },
			{ href: '/settings/export', title: m.export_title, icon: Download, forAdmins: true }
		]
	},
	{
		title: m.settings_group_you,
		sections: [
			{ href: '/settings/profile', title: m.profile_title, icon: UserRound },
			{ href: '/settings/security', title: m.security_title, icon: ShieldCheck },
			{ href: '/settings/notifications', title: m.attention_settings_section, icon: Bell }
		]
	},
	{
		title: m.settings_group_integrations,
		sections: [
			{ href: '/settings/webhooks', title: m.webhooks_title, icon: Webhook, forAdmins: true },
			{ href: '/settings/api-keys', title: m.api_keys_title, icon: KeyRound, forAdmins: true }
		]
	},
	{
		title: m.settings_group_system,
		sections: [
			{ href: '/settings/mail', title: m.mail_title, icon: Mail, forAdmins: true },
			{ href: '/settings/jobs', title: m.jobs_title, icon: Activity, forAdmins: true },
			{ href: '/settings/health', title: m.health_title, icon: HeartPulse, forAdmins: true }
		]
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

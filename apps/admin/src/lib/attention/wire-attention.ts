import type { Notification } from '@chatiq/contracts/notifications';
import { topics } from '@chatiq/contracts/topics';
import { coalesce } from '#lib/inbox/coalesce.ts';
import type { Desk } from '#lib/inbox/desk.ts';
import { Attention } from './attention.svelte.ts';
import type { Device } from './device.svelte.ts';
import { NotificationCenter } from './notification-center.svelte.ts';
import { supabaseAttention } from './supabase-attention.ts';
import type { Tabs } from './tabs.ts';

interface Wiring {
	desk: Desk;
	device: Device;
	tabs: Tabs;
	/** What is around the conversations has changed, or may have while the line was lost. */
	onteam: () => Promise<void>;
}

/** Attention over the desk's own backend and socket. */
export function wireAttention({ desk, device, tabs, onteam }: Wiring): Attention {
	const api = supabaseAttention(() => desk.backend.rest);
	const together = coalesce(onteam);
	const refresh = () => void together();
	return new Attention({
		api,
		center: new NotificationCenter(api),
		chime: device.chime,
		desktop: device.desktop,
		tabs,
		text: async (notification: Notification) => {
			const { notificationText } = await import('./notification-text.ts');
			return notificationText(notification);
		},
		follow: ({ on, joined }) => {
			let again = false;
			return desk.follow(topics.user(desk.membership.me.id), {
				on: {
					...on,
					membership_changed: refresh,
					// Reading anything tells whether it was this one.
					session_ended: refresh
				},
				joined: () => {
					joined();
					if (again) refresh();
					again = true;
				}
			});
		}
	});
}

import type { Notification } from '@chatiq/contracts/notifications';
import { topics } from '@chatiq/contracts/topics';
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
}

/** Attention over the desk's own backend and socket. */
export function wireAttention({ desk, device, tabs }: Wiring): Attention {
	const api = supabaseAttention(() => desk.backend.rest);
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
		follow: (listener) => desk.follow(topics.user(desk.membership.me.id), listener)
	});
}

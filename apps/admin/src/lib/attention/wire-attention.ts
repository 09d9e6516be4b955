import type { Notification } from '@chatiq/contracts/notifications';
import { topics } from '@chatiq/contracts/topics';
import type { Desk } from '#lib/inbox/desk.ts';
import { Attention } from './attention.svelte.ts';
import type { Device } from './device.svelte.ts';
import { NotificationCenter } from './notification-center.svelte.ts';
import { notificationText } from './notification-text.ts';
import { supabaseAttention } from './supabase-attention.ts';
import { browserTabs, type TabClaim } from './tab-claim.ts';

interface Wiring {
	desk: Desk;
	device: Device;
	inView: (conversationId: string) => boolean;
}

/** Attention over the desk's own backend and socket. */
export function wireAttention({ desk, device, inView }: Wiring): Attention {
	const api = supabaseAttention(() => desk.backend.rest);
	// Made when it is first needed, which is never while the server draws.
	let tabs: TabClaim | null = null;
	return new Attention({
		api,
		center: new NotificationCenter(api),
		chime: device.chime,
		desktop: device.desktop,
		tabs: { take: (key) => (tabs ??= browserTabs()).take(key) },
		inView,
		text: (notification: Notification) => notificationText(notification),
		follow: (listener) => desk.follow(topics.user(desk.membership.me.id), listener)
	});
}

import type { PushedNotification } from '@chatiq/contracts/notifications';

export type DesktopState = 'unsupported' | 'undecided' | 'allowed' | 'denied';

const icon = '/icons/icon-192.png';

/** Notifications of the system, shown by the service worker: a click on one finds the console, in whatever tab. */
export class Desktop {
	state: DesktopState = $state('unsupported');

	/** Looks at what the browser says; it tells nobody when somebody changes it in its own settings. */
	look(): void {
		this.state =
			typeof Notification === 'undefined' ? 'unsupported' : named(Notification.permission);
	}

	/** Only in the middle of a click: browsers punish pages that ask by themselves. */
	async ask(): Promise<void> {
		if (typeof Notification === 'undefined') return;
		this.state = named(await Notification.requestPermission());
	}

	/** Answers whether it was handed to the system. */
	async show({ title, body, tag, path }: PushedNotification): Promise<boolean> {
		this.look();
		if (this.state !== 'allowed') return false;
		const registration = await navigator.serviceWorker?.getRegistration();
		if (!registration?.active) return false;
		// The page has its own sound, or was asked to be silent.
		const options = { body, tag, icon, badge: icon, silent: true, data: { path } };
		await registration.showNotification(title, options);
		return true;
	}

	/** Takes away what was read elsewhere. */
	async close(tags: readonly string[]): Promise<void> {
		const registration = await navigator.serviceWorker?.getRegistration();
		const shown = (await registration?.getNotifications()) ?? [];
		for (const notification of shown) if (tags.includes(notification.tag)) notification.close();
	}
}

const named = (permission: NotificationPermission): DesktopState =>
	({ default: 'undecided', granted: 'allowed', denied: 'denied' })[permission] as DesktopState;

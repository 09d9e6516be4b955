import type {
	NotificationChannel,
	NotificationEvent,
	NotificationPreferences
} from '@chatiq/contracts/notifications';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import type { AttentionApi } from './api.ts';

/** What an event can be told by; mail is for what waits for somebody, and missed chats are mailed as such. */
export const channelsOf: Readonly<Record<NotificationEvent, readonly NotificationChannel[]>> = {
	new_conversation: ['list', 'sound', 'desktop', 'push'],
	my_message: ['list', 'sound', 'desktop', 'push'],
	any_message: ['list', 'sound', 'desktop', 'push'],
	assigned: ['list', 'sound', 'desktop', 'push', 'email'],
	mention: ['list', 'sound', 'desktop', 'push', 'email'],
	missed_chat: ['list', 'sound', 'desktop', 'push', 'email'],
	other: ['list', 'sound', 'desktop', 'push']
};

/** What the operator wants to hear of; each change is saved at once, the last one wins. */
export class Preferences {
	/** As it is on the screen; null until the backend has answered. */
	current = $state.raw<NotificationPreferences | null>(null);
	state = $state<'clean' | 'saving' | 'saved' | 'failed'>('clean');
	failure = $state<FailureCode | null>(null);

	readonly #api: Pick<AttentionApi, 'preferences' | 'prefer'>;
	#saving: Promise<void> | null = null;
	#unsaved = false;

	constructor(api: Pick<AttentionApi, 'preferences' | 'prefer'>) {
		this.#api = api;
	}

	async load(): Promise<void> {
		this.failure = null;
		try {
			this.current = await this.#api.preferences();
		} catch (error) {
			this.failure = codeOf(error);
		}
	}

	/** Whatever makes itself heard stands in the list too; without the list an event is off. */
	toggle(event: NotificationEvent, channel: NotificationChannel, on: boolean): Promise<void> {
		const { current } = this;
		if (!current) return Promise.resolve();
		const wanted = new Set(current.events[event]);
		if (on) wanted.add('list').add(channel);
		else if (channel === 'list') wanted.clear();
		else wanted.delete(channel);
		const channels = channelsOf[event].filter((one) => wanted.has(one));
		return this.change({ events: { ...current.events, [event]: channels } });
	}

	async change(change: Partial<NotificationPreferences>): Promise<void> {
		if (!this.current) return;
		this.current = { ...this.current, ...change };
		this.#unsaved = true;
		this.#saving ??= this.#save().finally(() => (this.#saving = null));
		await this.#saving;
	}

	/** Saves until what is on the screen is what the backend has. */
	async #save(): Promise<void> {
		while (this.#unsaved && this.current) {
			this.#unsaved = false;
			this.state = 'saving';
			try {
				await this.#api.prefer(this.current);
				this.failure = null;
				this.state = 'saved';
			} catch (error) {
				// The choice stays on the screen; the next change, or the button, tries again.
				this.failure = codeOf(error);
				this.state = 'failed';
				return;
			}
		}
	}
}

import { createContext } from 'svelte';
import type { Notification, PushedNotification } from '@chatiq/contracts/notifications';
import type { AttentionApi, ConsoleStep } from './api.ts';
import type { NotificationCenter } from './notification-center.svelte.ts';

interface Options {
	api: AttentionApi;
	center: NotificationCenter;
	chime: { armed: boolean; play(): Promise<boolean> };
	desktop: {
		show(notification: PushedNotification): Promise<boolean>;
		close(tags: readonly string[]): Promise<void>;
	};
	tabs: {
		take(key: string): Promise<boolean>;
		lookedAt(conversationId: string): Promise<boolean>;
	};
	/** What a notification says, in the language of the page. */
	text: (notification: Notification) => PushedNotification | Promise<PushedNotification>;
	/** Follows the topic of the operator; call the result to leave. */
	follow: (listener: {
		on: Record<string, (payload: never) => void>;
		joined: () => void;
	}) => () => void;
}

/** A tab that may sound goes first; the others wait whether one does. */
const armedWaitMs = 50;
const silentWaitMs = 450;
/** What was told longer ago is found in the list; ringing for it would only confuse. */
const freshMs = 120_000;

const handled: readonly string[] = ['arrived', 'visible', 'rang', 'shown'] satisfies ConsoleStep[];

/** Makes itself noticed: one tab of the browser rings and shows, none when somebody is looking; each step is told. */
export class Attention {
	readonly center: NotificationCenter;
	readonly #options: Options;

	constructor(options: Options) {
		this.#options = options;
		this.center = options.center;
	}

	/** Starts to listen; call the result to stop. */
	connect(): () => void {
		return this.#options.follow({
			on: {
				notification_told: (notification: Notification) => void this.told(notification),
				notifications_read: ({ ids }: { ids: string[] }) => this.#read(ids)
			},
			joined: () => void this.catchUp()
		});
	}

	/** After a join, a sleep, a lost line: what came meanwhile is told now, if it is not old. */
	async catchUp(now: number = Date.now()): Promise<void> {
		await this.center.refresh();
		for (const one of this.center.notifications ?? []) {
			if (one.read_at !== null || now - Date.parse(one.told_at) > freshMs) continue;
			const done = one.steps.some(
				({ round, step }) => round === one.round && handled.includes(step)
			);
			if (!done) await this.#notice(one);
		}
	}

	async told(notification: Notification): Promise<void> {
		this.center.told(notification);
		await this.#notice(notification);
	}

	async #notice(notification: Notification): Promise<void> {
		const { tabs, chime, api } = this.#options;
		const key = `${notification.id}:${notification.round}`;
		await new Promise((go) => setTimeout(go, chime.armed ? armedWaitMs : silentWaitMs));
		if (!(await tabs.take(key))) return;
		const { conversation_id } = notification;
		const seen = conversation_id !== null && (await tabs.lookedAt(conversation_id));
		const steps: ConsoleStep[] = seen ? ['arrived', 'visible'] : await this.#sound(notification);
		try {
			await api.record(notification, steps);
		} catch (error) {
			// Then a push may come on top of it, which is better than nothing.
			console.warn('what became of a notification could not be told', error);
		}
	}

	async #sound(notification: Notification): Promise<ConsoleStep[]> {
		const { chime } = this.#options;
		const { channels } = notification;
		const steps: ConsoleStep[] = ['arrived'];
		if (channels.includes('sound')) steps.push((await chime.play()) ? 'rang' : 'muted');
		if (channels.includes('desktop')) {
			steps.push((await this.#show(notification)) ? 'shown' : 'blocked');
		}
		return steps;
	}

	async #show(notification: Notification): Promise<boolean> {
		const { desktop, text } = this.#options;
		try {
			return await desktop.show(await text(notification));
		} catch (error) {
			console.warn('a notification could not be shown', error);
			return false;
		}
	}

	#read(ids: readonly string[]): void {
		this.center.read(ids);
		void this.#options.desktop.close(ids).catch(() => undefined);
	}
}

export const [getAttention, setAttention] = createContext<Attention>();

import type {
	Notification,
	NotificationPage,
	NotificationPreferences,
	NotificationStep,
	PushSettings
} from '@chatiq/contracts/notifications';

/** What a console itself may tell about a notification. */
export type ConsoleStep = Extract<
	NotificationStep['step'],
	'arrived' | 'visible' | 'rang' | 'muted' | 'shown' | 'blocked'
>;

export interface PushKeys {
	endpoint: string;
	p256dh: string;
	auth: string;
	device: string;
	language: string;
}

/** The backend, as far as attention needs it; every call throws a failure of `inbox/failure.ts`. */
export interface AttentionApi {
	list(before: Pick<Notification, 'told_at' | 'id'> | null): Promise<NotificationPage>;
	/** These, or all. */
	markRead(ids: readonly string[] | null): Promise<void>;
	record(notification: Pick<Notification, 'id' | 'round'>, steps: ConsoleStep[]): Promise<void>;
	preferences(): Promise<NotificationPreferences>;
	prefer(preferences: NotificationPreferences): Promise<NotificationPreferences>;
	pushSettings(): Promise<PushSettings>;
	savePush(keys: PushKeys): Promise<void>;
	removePush(id: string): Promise<void>;
	testPush(id: string): Promise<void>;
}

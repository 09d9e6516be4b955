import type { PostgrestClient } from '@supabase/postgrest-js';
import type { Database, Json } from '@chatiq/contracts/database';
import type {
	NotificationPage,
	NotificationPreferences,
	PushSettings
} from '@chatiq/contracts/notifications';
import { failureOf } from '#lib/inbox/failure.ts';
import type { AttentionApi } from './api.ts';

interface Answer {
	data: unknown;
	error: { message: string; details: string | null } | null;
	status: number;
}

/** docs/api.md says what these functions answer; the generated types only know that it is JSON. */
async function answer<T>(request: PromiseLike<Answer>): Promise<T> {
	const { data, error, status } = await request;
	if (error) throw failureOf({ status, error });
	return data as T;
}

export function supabaseAttention(rest: () => PostgrestClient<Database>): AttentionApi {
	return {
		list: (before) =>
			answer<NotificationPage>(
				rest().rpc(
					'list_notifications',
					before ? { before: before.told_at, before_id: before.id } : {}
				)
			),
		async markRead(ids) {
			await answer(
				rest().rpc('mark_notifications_read', ids ? { notification_ids: [...ids] } : {})
			);
		},
		async record({ id, round }, steps) {
			await answer(rest().rpc('record_notification_steps', { notification_id: id, round, steps }));
		},
		preferences: () => answer<NotificationPreferences>(rest().rpc('get_notification_preferences')),
		prefer: (preferences) =>
			answer<NotificationPreferences>(
				rest().rpc('set_notification_preferences', { preferences: preferences as unknown as Json })
			),
		pushSettings: () => answer<PushSettings>(rest().rpc('get_push_settings')),
		async savePush(keys) {
			await answer(rest().rpc('save_push_subscription', { ...keys }));
		},
		async removePush(subscription_id) {
			await answer(rest().rpc('remove_push_subscription', { subscription_id }));
		},
		async testPush(subscription_id) {
			await answer(rest().rpc('test_push', { subscription_id }));
		}
	};
}

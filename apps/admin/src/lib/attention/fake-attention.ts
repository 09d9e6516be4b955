import type { NotificationPage } from '@chatiq/contracts/notifications';
import type { AttentionApi, ConsoleStep } from './api.ts';
import type { ListedNotification } from './notification-center.svelte.ts';

let made = 0;

/** A notification as the backend tells it, for tests. */
export function notification(values: Partial<ListedNotification> = {}): ListedNotification {
	made += 1;
	const at = new Date(Date.now() + made).toISOString();
	return {
		...{ id: `n${String(made)}`, kind: 'new_conversation', event: 'new_conversation' },
		...{ channels: ['list', 'sound', 'desktop'], organization_id: 'o', site_id: 's' },
		...{ conversation_id: 'c', round: 1, count: 1, created_at: at, told_at: at, read_at: null },
		...{
			person_id: null,
			visitor_name: 'Ann',
			actor_name: null,
			rule_name: null,
			preview: 'Hello',
			steps: []
		},
		...values
	};
}

/** A backend that remembers what it was told; `refuse` makes its next calls fail. */
export function fakeAttention(listed: ListedNotification[] = []) {
	const recorded: { id: string; steps: ConsoleStep[] }[] = [];
	const marked: (readonly string[] | null)[] = [];
	const state = { listed, refuse: false, lists: 0, pageSize: 30 };
	const meet = (): Promise<void> =>
		state.refuse ? Promise.reject(new Error('refused')) : Promise.resolve();
	const api = {
		async list(before) {
			state.lists += 1;
			await meet();
			const from = before ? state.listed.findIndex(({ id }) => id === before.id) + 1 : 0;
			const page: NotificationPage = {
				notifications: state.listed.slice(from, from + state.pageSize),
				has_more: state.listed.length > from + state.pageSize,
				unread: state.listed.filter(({ read_at }) => read_at === null).length
			};
			return page;
		},
		async markRead(ids) {
			await meet();
			marked.push(ids);
		},
		async record({ id }, steps) {
			await meet();
			recorded.push({ id, steps });
		}
	} satisfies Partial<AttentionApi>;
	return { api: api as unknown as AttentionApi, state, recorded, marked };
}

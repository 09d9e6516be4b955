import type { Notification, NotificationPage } from '@chatiq/contracts/notifications';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import { coalesce } from '#lib/inbox/coalesce.ts';
import type { AttentionApi } from './api.ts';

export type ListedNotification = NotificationPage['notifications'][number];

/** The list behind the bell, live: what was told, what is unread, and what became of each. */
export class NotificationCenter {
	/** Null until the backend has answered. */
	notifications = $state.raw<readonly ListedNotification[] | null>(null);
	unread = $state(0);
	hasMore = $state(false);
	loading = $state(false);
	failure = $state<FailureCode | null>(null);

	/** Brings the first page anew; calls at the same time share one request. */
	readonly refresh = coalesce(() => this.#refresh());

	readonly #api: AttentionApi;

	constructor(api: AttentionApi) {
		this.#api = api;
	}

	async loadMore(): Promise<void> {
		const last = this.notifications?.at(-1);
		if (!last || this.loading || !this.hasMore) return;
		this.loading = true;
		try {
			const page = await this.#api.list(last);
			this.#merge(page.notifications);
			this.hasMore = page.has_more;
			this.failure = null;
		} catch (error) {
			this.failure = codeOf(error);
		} finally {
			this.loading = false;
		}
	}

	/** Something was told just now: it stands on top. */
	told(notification: Notification): void {
		const known = this.notifications?.find(({ id }) => id === notification.id);
		if (notification.read_at === null && (!known || known.read_at !== null)) this.unread += 1;
		if (this.notifications === null) return;
		this.#merge([{ ...notification, steps: known?.steps ?? [] }]);
	}

	/** Read in another tab, on another device, or by opening the conversation. */
	read(ids: readonly string[]): void {
		const known = new Set(this.notifications?.map(({ id }) => id));
		this.unread = Math.max(0, this.unread - this.#markKnown(ids));
		// Of those further down only the backend knows whether they were counted.
		if (ids.some((id) => !known.has(id))) void this.refresh();
	}

	async markRead(id: string): Promise<void> {
		await this.#mark([id]);
	}

	async markAllRead(): Promise<void> {
		await this.#mark(null);
	}

	async #refresh(): Promise<void> {
		this.loading = true;
		try {
			const page = await this.#api.list(null);
			// What was loaded further down stays, unless there is a gap above it.
			const oldest = page.notifications.at(-1)?.told_at ?? '';
			const below = (this.notifications ?? []).filter(({ told_at }) => told_at < oldest);
			this.notifications = [];
			this.#merge([...page.notifications, ...(page.has_more ? below : [])]);
			if (below.length === 0) this.hasMore = page.has_more;
			this.unread = page.unread;
			this.failure = null;
		} catch (error) {
			this.failure = codeOf(error);
		} finally {
			this.loading = false;
		}
	}

	/** At once here; taken back when the backend does not take it. */
	async #mark(ids: readonly string[] | null): Promise<void> {
		const before = { notifications: this.notifications, unread: this.unread };
		const marked = this.#markKnown(ids ?? (this.notifications ?? []).map(({ id }) => id));
		this.unread = ids === null ? 0 : Math.max(0, this.unread - marked);
		try {
			await this.#api.markRead(ids);
			this.failure = null;
		} catch (error) {
			this.notifications = before.notifications;
			this.unread = before.unread;
			this.failure = codeOf(error);
		}
	}

	/** Answers how many of them were unread. */
	#markKnown(ids: readonly string[]): number {
		const now = new Date().toISOString();
		const wanted = new Set(ids);
		let marked = 0;
		const rows = (this.notifications ?? []).map((one) => {
			if (one.read_at !== null || !wanted.has(one.id)) return one;
			marked += 1;
			return { ...one, read_at: now };
		});
		if (marked > 0) this.notifications = rows;
		return marked;
	}

	#merge(news: readonly ListedNotification[]): void {
		const byId = new Map((this.notifications ?? []).map((one) => [one.id, one]));
		for (const one of news) byId.set(one.id, one);
		this.notifications = [...byId.values()].sort(newestFirst);
	}
}

const newestFirst = (a: ListedNotification, b: ListedNotification): number =>
	a.told_at === b.told_at ? (a.id < b.id ? 1 : -1) : a.told_at < b.told_at ? 1 : -1;

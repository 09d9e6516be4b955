import type { OutboxItem, OutboxStore } from '../../apps/admin/src/lib/inbox/outbox-store.ts';

/** What an operator's browser keeps of the outbox, as the console's IndexedDB store does: pages come and go. */
export class OperatorStore {
	readonly items = new Map<string, { item: OutboxItem; page: { gone: boolean } }>();

	/** The store as one page sees it, until `close`: then its items are free for the next page. */
	openPage(): OutboxStore & { close: () => void } {
		const page = { gone: false };
		const free = () =>
			[...this.items.values()].filter(({ page }) => page.gone).map(({ item }) => item);
		return {
			durable: true,
			put: (item) => {
				if (!page.gone) this.items.set(item.id, { item, page });
				return Promise.resolve();
			},
			remove: (id) => {
				if (!page.gone) this.items.delete(id);
				return Promise.resolve();
			},
			adopt: (take) => {
				const left = free().sort((a, b) => (a.id < b.id ? -1 : 1));
				for (const item of left) this.items.set(item.id, { item, page });
				if (left.length > 0) take(left);
				return Promise.resolve();
			},
			close: () => {
				page.gone = true;
			}
		};
	}
}

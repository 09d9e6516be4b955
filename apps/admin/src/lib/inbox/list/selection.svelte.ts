import { SvelteSet } from 'svelte/reactivity';

/** Conversations picked in the list, to do something with all of them. */
export class Selection {
	readonly #ids = new SvelteSet<string>();
	/** Where a range begins: the one that was picked last. */
	#anchor: string | null = null;

	get size(): number {
		return this.#ids.size;
	}

	get active(): boolean {
		return this.#ids.size > 0;
	}

	get ids(): readonly string[] {
		return [...this.#ids];
	}

	has(id: string): boolean {
		return this.#ids.has(id);
	}

	toggle(id: string): void {
		if (!this.#ids.delete(id)) this.#ids.add(id);
		this.#anchor = id;
	}

	/** All from the one picked last to this one, as they stand in the list. */
	extend(id: string, order: readonly string[]): void {
		const to = order.indexOf(id);
		const from = this.#anchor === null ? -1 : order.indexOf(this.#anchor);
		if (to === -1) return;
		if (from === -1) {
			this.#ids.add(id);
			this.#anchor = id;
			return;
		}
		for (const one of order.slice(Math.min(from, to), Math.max(from, to) + 1)) this.#ids.add(one);
	}

	add(ids: readonly string[]): void {
		for (const id of ids) this.#ids.add(id);
	}

	clear(): void {
		this.#ids.clear();
		this.#anchor = null;
	}
}

/** How far something with many of them has come. */
export interface Progress {
	through: number;
	total: number;
	/** Leaves those that have not had their turn as they are. */
	stop: () => void;
}

/** Conversations picked in the list, to do something with all of them. */
export class Selection {
	progress = $state.raw<Progress | null>(null);

	#ids = $state.raw<ReadonlySet<string>>(new Set());
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
		const ids = new Set(this.#ids);
		if (!ids.delete(id)) ids.add(id);
		this.#ids = ids;
		this.#anchor = id;
	}

	/** All from the one picked last to this one, as they stand in the list. */
	extend(id: string, order: readonly string[]): void {
		const to = order.indexOf(id);
		const from = this.#anchor === null ? -1 : order.indexOf(this.#anchor);
		if (to === -1) return;
		if (from === -1) {
			this.add([id]);
			this.#anchor = id;
			return;
		}
		this.add(order.slice(Math.min(from, to), Math.max(from, to) + 1));
	}

	add(ids: readonly string[]): void {
		this.#ids = new Set([...this.#ids, ...ids]);
	}

	clear(): void {
		this.#ids = new Set();
		this.#anchor = null;
	}
}

/** Messages that are about to be deleted: what is once gone from the database cannot be had back, so it waits for a change of mind. */
export class Deletions {
	#waiting = $state.raw<ReadonlyMap<string, () => Promise<void>>>(new Map());

	has(id: string): boolean {
		return this.#waiting.has(id);
	}

	/** `carryOut` deletes it; it is called by `settle`, or never after `undo`. */
	plan(id: string, carryOut: () => Promise<void>): void {
		this.#waiting = new Map(this.#waiting).set(id, carryOut);
	}

	undo(id: string): void {
		this.#waiting = new Map([...this.#waiting].filter(([other]) => other !== id));
	}

	/** Throws when it was not deleted; it is then there as before. */
	async settle(id: string): Promise<void> {
		const carryOut = this.#waiting.get(id);
		if (!carryOut) return;
		try {
			await carryOut();
		} finally {
			this.undo(id);
		}
	}

	/** The page is left: whoever said "delete" has not taken it back. */
	settleAll(): void {
		for (const id of this.#waiting.keys()) {
			this.settle(id).catch((error: unknown) => console.warn('not deleted', error));
		}
	}
}

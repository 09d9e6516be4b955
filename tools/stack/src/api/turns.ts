/** Lets work on the same thing run one after another; other work is not kept waiting. */
export class Turns {
	readonly #last = new Map<string, Promise<unknown>>();

	async take<T>(thing: string, work: () => Promise<T>): Promise<T> {
		const before = this.#last.get(thing);
		const turn = (async () => {
			// How the one before ended is its own caller's business.
			await before?.catch(() => undefined);
			return work();
		})();
		this.#last.set(thing, turn);
		try {
			return await turn;
		} finally {
			if (this.#last.get(thing) === turn) this.#last.delete(thing);
		}
	}
}

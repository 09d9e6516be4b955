import type { MyInboxConversation } from '@chatiq/contracts/conversation';

type Row = MyInboxConversation;

interface Held {
	/** Where each stood, with the message that put it there. */
	places: ReadonlyMap<string, string>;
	/** What comes behind it is more of the list, not news. */
	edge: Row | null;
}

interface Options {
	/** The list as it should be. */
	live: () => readonly Row[];
	row: (id: string) => Row | null;
	compare: () => (a: Row, b: Row) => number;
}

/** A hand that has not moved for so long is not about to click: whoever only watches the list sees what is new. */
const restMs = 3000;

/**
 * The list as it is drawn. While somebody is about to click into it, nothing moves under their hand: rows change where
 * they stand, and what is new waits above.
 */
export class CalmOrder {
	readonly #options: Options;
	#held = $state.raw<Held | null>(null);
	#timer: ReturnType<typeof setTimeout> | undefined;

	readonly rows = $derived.by(() => this.#arranged());
	/** How many conversations would stand further up. */
	readonly news = $derived.by(() => this.#countNews());

	constructor(options: Options) {
		this.#options = options;
	}

	/** A hand moves over the list. */
	hold(): void {
		if (!this.#held) this.#keep(this.#options.live());
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.release(), restMs);
	}

	/** More of the list was loaded: it is held as well. */
	extend(): void {
		if (this.#held) this.#keep(this.rows);
	}

	release(): void {
		clearTimeout(this.#timer);
		this.#held = null;
	}

	#keep(rows: readonly Row[]): void {
		const places = new Map(rows.map(({ id, last_message_at }) => [id, last_message_at]));
		this.#held = { places, edge: rows.at(-1) ?? null };
	}

	#arranged(): readonly Row[] {
		const { live, row } = this.#options;
		if (!this.#held) return live();
		const held = [...this.#held.places.keys()].flatMap((id) => row(id) ?? []);
		return [...held, ...live().filter((one) => this.#isBehind(one))];
	}

	#countNews(): number {
		if (!this.#held) return 0;
		const { places } = this.#held;
		return this.#options
			.live()
			.filter((one) => places.get(one.id) !== one.last_message_at && !this.#isBehind(one)).length;
	}

	#isBehind(row: Row): boolean {
		if (!this.#held || this.#held.places.has(row.id)) return false;
		const { edge } = this.#held;
		return edge !== null && this.#options.compare()(row, edge) > 0;
	}
}

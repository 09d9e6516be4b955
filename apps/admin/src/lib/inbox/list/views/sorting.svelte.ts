/** A line that is drawn to another place: where it would go is shown, and nothing moves before it is let go. */
export class Sorting {
	/** The line under the finger. */
	from = $state<number | null>(null);
	/** Where it would stand. */
	to = $state<number | null>(null);

	readonly #middles: () => readonly number[];
	readonly #move: (from: number, to: number) => void;
	#startY = 0;
	#begun = false;

	/** `middles` of the lines, from the top of the window. */
	constructor(middles: () => readonly number[], move: (from: number, to: number) => void) {
		this.#middles = middles;
		this.#move = move;
	}

	press(index: number, y: number): void {
		this.from = index;
		this.#startY = y;
		this.#begun = false;
	}

	/** A hand that trembles draws nothing. */
	draw(y: number): void {
		const { from } = this;
		if (from === null || (!this.#begun && Math.abs(y - this.#startY) < slackPx)) return;
		this.#begun = true;
		const above = this.#middles().filter((middle, index) => index !== from && middle < y);
		this.to = above.length;
	}

	/** Whether it was drawn at all: if not, it was a click. */
	drop(): boolean {
		const { from, to } = this;
		this.cancel();
		if (from !== null && to !== null && from !== to) this.#move(from, to);
		return to !== null;
	}

	cancel(): void {
		this.from = null;
		this.to = null;
	}

	/** Where the mark stands that says so: above or below this line, or not at it. */
	markAt(index: number): 'above' | 'below' | null {
		const { from, to } = this;
		if (from === null || to === null || from === to || index !== to) return null;
		return to < from ? 'above' : 'below';
	}
}

const slackPx = 4;

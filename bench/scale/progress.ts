/** One line for each step, and for the long ones how far they are and how long it will take. */
export class Progress {
	readonly #say: (line: string) => void;
	readonly #total: number;
	readonly #startedAt = performance.now();
	#done = 0;

	/** `done` of `total` were there before. */
	constructor(total: number, say: (line: string) => void) {
		this.#total = total;
		this.#say = say;
	}

	advance(by: number, skipped = false): void {
		this.#done += by;
		if (skipped) this.#skipped += by;
		else this.#say(this.#line());
	}

	#skipped = 0;

	#line(): string {
		const perSecond = ((this.#done - this.#skipped) / (performance.now() - this.#startedAt)) * 1000;
		const percent = Math.floor((this.#done / this.#total) * 100);
		const left = duration(((this.#total - this.#done) / perSecond) * 1000);
		const rate = Math.round(perSecond).toLocaleString('en');
		return `${String(percent).padStart(3)} %  ${rate} conversations/s  ${left} left`;
	}
}

export function duration(ms: number): string {
	const seconds = Math.round(ms / 1000);
	return seconds < 100
		? `${seconds} s`
		: `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

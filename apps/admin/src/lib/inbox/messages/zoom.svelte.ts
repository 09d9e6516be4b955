const most = 5;
const step = 1.5;

interface Size {
	width: number;
	height: number;
}

/** How large a picture is looked at, and which part of it. */
export class Zoom {
	scale = $state(1);
	x = $state(0);
	y = $state(0);

	/** As the picture lies on the screen at scale 1. */
	readonly #size: () => Size;

	constructor(size: () => Size) {
		this.#size = size;
	}

	get near(): boolean {
		return this.scale > 1;
	}

	in(): void {
		this.by(step);
	}

	out(): void {
		this.by(1 / step);
	}

	/** Near enough to read, or all of it again. */
	toggle(): void {
		if (this.near) this.reset();
		else this.by(2.5);
	}

	by(factor: number): void {
		this.scale = Math.min(most, Math.max(1, this.scale * factor));
		this.move(0, 0);
	}

	/** No further than its edge. */
	move(x: number, y: number): void {
		const { width, height } = this.#size();
		const room = (length: number) => (length * (this.scale - 1)) / 2;
		this.x = within(this.x + x, room(width));
		this.y = within(this.y + y, room(height));
	}

	reset(): void {
		this.scale = 1;
		this.x = 0;
		this.y = 0;
	}
}

const within = (value: number, edge: number) => Math.min(edge, Math.max(-edge, value));

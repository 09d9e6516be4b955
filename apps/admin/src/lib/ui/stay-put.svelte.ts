const nearEndPx = 48;
/** Below the end of every list: to ask how high it is would be work before each frame. */
const farBelowPx = 10_000_000;

/**
 * Keeps a scrolled list where the eye is: at its end, when something comes or its place changes; further up, at the
 * line that is read, when one above it grows. It moves after the layout and before the paint, so no layout is forced.
 */
export class StayPut {
	/** Whoever is at the end stays at the end. */
	atBottom = $state(true);

	/** Whether the list ends with the newest there is. */
	readonly #ends: () => boolean;
	#scroller: HTMLElement | null = null;
	#top = 0;
	readonly #heights = new WeakMap<Element, number>();
	#sizes: ResizeObserver | null = null;

	constructor(ends: () => boolean) {
		this.#ends = ends;
	}

	/** For what scrolls; its only child holds the lines. */
	readonly scroller = (element: HTMLElement): (() => void) => {
		this.#scroller = element;
		this.#observer.observe(element);
		if (element.firstElementChild) this.#observer.observe(element.firstElementChild);
		return () => this.#observer.disconnect();
	};

	/** For a line that nothing else keeps in its place. */
	readonly line = (element: HTMLElement): (() => void) => {
		this.#heights.set(element, NaN);
		this.#observer.observe(element);
		return () => this.#observer.unobserve(element);
	};

	toEnd(): void {
		if (this.#scroller) this.#scroller.scrollTop = farBelowPx;
	}

	scrolled({ scrollTop, scrollHeight, clientHeight }: HTMLElement): void {
		if (scrollHeight - scrollTop - clientHeight < nearEndPx) this.atBottom = true;
		// What has come below is not a reason: only who moves up leaves the end.
		else if (scrollTop < this.#top) this.atBottom = false;
		this.#top = scrollTop;
	}

	get #observer(): ResizeObserver {
		this.#sizes ??= new ResizeObserver((entries) => this.#settle(entries));
		return this.#sizes;
	}

	#settle(entries: readonly ResizeObserverEntry[]): void {
		const atEnd = this.atBottom && this.#ends();
		let grownAbove = 0;
		for (const { target, borderBoxSize } of entries) {
			const before = this.#heights.get(target);
			if (before === undefined) continue;
			const height = borderBoxSize[0]?.blockSize ?? 0;
			this.#heights.set(target, height);
			// Its first size is no news; who is at the end stays there, whatever has grown.
			if (Number.isNaN(before) || atEnd) continue;
			if (this.#startsAbove(target)) grownAbove += height - before;
		}
		if (atEnd) this.toEnd();
		else if (grownAbove !== 0) this.#scroller?.scrollBy(0, grownAbove);
	}

	#startsAbove(line: Element): boolean {
		const top = this.#scroller?.getBoundingClientRect().top ?? 0;
		return line.getBoundingClientRect().top < top;
	}
}

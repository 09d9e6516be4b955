import type { Entry } from '../core/chat-view.ts';

const nearPx = 60;
const startPx = 160;

interface ScrollOptions {
	onatend: (atEnd: boolean) => void;
	onnearstart: () => void;
}

/** Keeps what the visitor looks at in place: at the end with new messages, or still while history grows. */
export class ScrollPosition {
	atEnd = $state.raw(true);
	/** Answers that came while the visitor was reading further up. */
	news = $state.raw(0);

	readonly #options: ScrollOptions;
	#list: HTMLElement | null = null;
	#entries: readonly Entry[] = [];

	constructor(options: ScrollOptions) {
		this.#options = options;
	}

	readonly attach = (list: HTMLElement) => {
		this.#list = list;
		const end = new AbortController();
		list.addEventListener('scroll', () => this.#scrolled(list), {
			signal: end.signal,
			passive: true
		});
		// The keyboard of a phone, or a growing composer, takes room away.
		const observer = new ResizeObserver(() => {
			if (this.atEnd) this.toEnd();
		});
		observer.observe(list);
		return () => {
			observer.disconnect();
			end.abort();
			this.#list = null;
		};
	};

	/** To be called before the list changes; the answer puts the position right afterwards. */
	before(entries: readonly Entry[]): () => void {
		const list = this.#list;
		const previous = this.#entries;
		this.#entries = entries;
		// Measuring makes the browser lay out: not for a list that is still empty.
		if (!list || entries.length === 0) return () => undefined;
		const fromEnd = list.scrollHeight - list.scrollTop;
		const grownAtStart = previous.length > 0 && previous[0]?.id !== entries[0]?.id;
		const known = new Set(previous.map(({ id }) => id));
		const fresh = grownAtStart ? [] : entries.filter(({ id }) => !known.has(id));
		const ownFresh = fresh.some(({ authorKind }) => authorKind === 'visitor');
		return () => {
			if (this.atEnd || ownFresh) this.toEnd();
			else if (grownAtStart) list.scrollTop = list.scrollHeight - fromEnd;
			else if (previous.length > 0) this.news += fresh.length;
		};
	}

	toEnd(smoothly = false): void {
		// What stands there before the first text is read from its beginning.
		if (this.#entries.length === 0) return;
		const smooth = smoothly && !matchMedia('(prefers-reduced-motion: reduce)').matches;
		const behavior = smooth ? 'smooth' : 'instant';
		this.#list?.scrollTo({ top: this.#list.scrollHeight, behavior });
	}

	#scrolled(list: HTMLElement): void {
		const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < nearPx;
		if (atEnd !== this.atEnd) {
			this.atEnd = atEnd;
			if (atEnd) this.news = 0;
			this.#options.onatend(atEnd);
		}
		if (list.scrollTop < startPx) this.#options.onnearstart();
	}
}

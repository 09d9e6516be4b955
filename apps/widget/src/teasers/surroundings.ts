import type { SiteStatus, Teaser } from '@chatiq/contracts/site';

/** Where the visitor is, since when, and what they do there. */
export class Surroundings {
	#url = location.href;
	/** Seconds in which the page was seen, since it has this address. */
	#seconds = 0;
	#leaving = false;
	readonly #end = new AbortController();

	constructor() {
		document.addEventListener(
			'mouseout',
			({ relatedTarget, clientY }) => {
				if (relatedTarget === null && clientY <= 0) this.#leaving = true;
			},
			{ signal: this.#end.signal, passive: true }
		);
	}

	/** Called each second. */
	look(): void {
		// An app that changes the address without a load has gone to another page.
		if (location.href !== this.#url) {
			this.#url = location.href;
			this.#seconds = 0;
			this.#leaving = false;
		}
		if (document.visibilityState === 'visible') this.#seconds++;
	}

	/** Whether all conditions of a teaser hold. */
	fit(when: Teaser['when'], status: SiteStatus, visits: number): boolean {
		return (
			this.#seconds >= (when.seconds_on_page ?? 0) &&
			visits >= (when.min_visits ?? 1) &&
			(!when.schedule || (when.schedule === 'open') === status.open) &&
			(!when.exit_intent || this.#leaving) &&
			(!when.scroll_percent || scrolled() >= when.scroll_percent) &&
			includesAny(this.#url, when.page_contains) &&
			includesAny(document.referrer, when.referrer_contains) &&
			speaksAny(when.languages)
		);
	}

	destroy(): void {
		this.#end.abort();
	}
}

/** How much of the page has been before the visitor's eyes, in percent. */
const scrolled = () =>
	((scrollY + innerHeight) / document.documentElement.scrollHeight) * 100 + 0.5;

const includesAny = (text: string, parts?: string[]) =>
	!parts || parts.some((part) => text.toLowerCase().includes(part.toLowerCase()));

const speaksAny = (tags?: string[]) =>
	!tags ||
	tags.some((tag) => `${navigator.language}-`.toLowerCase().startsWith(`${tag.toLowerCase()}-`));

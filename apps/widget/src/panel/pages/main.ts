import { uuidv7 } from '@chatiq/contracts/ids';
import type { PanelState } from '../panel-state.svelte.ts';
import { pageAddress } from './page-address.ts';

const lookEveryMs = 1000;
/** The console takes a page of which nothing is heard for three minutes for left. */
const beatMs = 120_000;

/**
 * Tells the team which page is before the visitor's eyes, while a conversation of theirs is open: the visitor has begun
 * that, so there is a session, and nothing is written here. Not where the page asks for consent first.
 */
export function follow(panel: PanelState): () => void {
	if (panel.config.storageConsent === 'needed') return () => undefined;
	const pages = new Pages(panel);
	const timer = setInterval(() => pages.look(), lookEveryMs);
	const leave = () => pages.leave();
	addEventListener('pagehide', leave);
	pages.look();
	return () => {
		clearInterval(timer);
		removeEventListener('pagehide', leave);
		leave();
	};
}

class Pages {
	readonly #panel: PanelState;
	/** The page that was told last. */
	#id = '';
	#url = '';
	#title = '';
	#toldAt = 0;
	/** The site does not want to know. */
	#unwanted = false;

	constructor(panel: PanelState) {
		this.#panel = panel;
	}

	/** Apps change the address without a load, and the title a moment later: both are looked at. */
	look(): void {
		const { conversation, closed } = this.#panel.view;
		if (this.#unwanted || !conversation || closed || document.visibilityState !== 'visible') return;
		const url = pageAddress(location.href);
		const title = document.title.trim().slice(0, 300);
		if (url !== this.#url) {
			this.leave();
			this.#id = uuidv7();
		} else if (title === this.#title && Date.now() - this.#toldAt < beatMs) return;
		this.#url = url;
		this.#title = title;
		this.#tell(false);
	}

	leave(): void {
		if (this.#id) this.#tell(true);
		this.#id = this.#url = '';
	}

	#tell(gone: boolean): void {
		this.#toldAt = Date.now();
		const page = { page_id: this.#id, url: this.#url, title: this.#title, gone };
		this.#panel.call('note_page', page).then(
			(wanted) => (this.#unwanted ||= !wanted && !gone),
			// Only a hint for the team: the next one says the same again.
			() => undefined
		);
	}
}

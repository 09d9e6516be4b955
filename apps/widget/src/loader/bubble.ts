import css from './bubble.css?inline';
import { inkOn } from './ink.ts';
import type { Look } from './look.ts';

const icons = {
	chat: 'M12 3C6.5 3 2 6.9 2 11.7c0 2.6 1.3 4.9 3.4 6.5L5 22l4.1-2.2c.9.2 1.9.4 2.9.4 5.5 0 10-3.9 10-8.5S17.5 3 12 3z',
	down: 'M12 16.6 4.2 8.8l1.8-1.8 6 6 6-6 1.8 1.8z'
};

export interface BubbleTexts {
	open: string;
	close: string;
	/** With `{count}`. */
	unread: string;
}

/** The button in the corner, in an open shadow root; built without markup, so that any CSP lets it be. */
export class Bubble {
	readonly host = document.createElement('chatiq-widget');
	readonly root = this.host.attachShadow({ mode: 'open' });
	readonly slot = document.createElement('div');
	readonly button = document.createElement('button');
	readonly #badge = document.createElement('span');
	readonly #trouble = document.createElement('div');
	readonly #look = new CSSStyleSheet();
	#texts: BubbleTexts;
	#unread = 0;
	#open = false;

	constructor(texts: BubbleTexts, look: Look) {
		this.#texts = texts;
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(css);
		this.root.adoptedStyleSheets = [sheet, this.#look];
		this.button.type = 'button';
		this.button.className = 'bubble';
		this.#badge.className = 'badge';
		this.#trouble.className = 'trouble';
		this.#trouble.role = 'alert';
		this.button.append(icon(icons.chat), icon(icons.down), this.#badge);
		this.root.append(this.slot, this.#trouble, this.button);
		this.setLook(look);
		this.#label();
	}

	setLook({ color, secondaryColor, position, size, theme }: Look): void {
		Object.assign(this.host.dataset, { position, size, theme });
		const ink = inkOn(color);
		const headerInk = inkOn(color, secondaryColor);
		this.#look.replaceSync(
			`:host{--color:${color};--ink:${ink};--color-2:${secondaryColor};--ink-2:${headerInk}}`
		);
	}

	setTexts(texts: BubbleTexts): void {
		this.#texts = texts;
		this.#label();
	}

	setUnread(count: number): void {
		this.#unread = count;
		this.#badge.textContent = count === 0 ? '' : count > 9 ? '9+' : String(count);
		this.#label();
	}

	setOpen(open: boolean): void {
		this.#open = open;
		this.#label();
	}

	setBusy(busy: boolean): void {
		this.button.ariaBusy = String(busy);
	}

	/** Tells what went wrong, next to the bubble; an empty text takes it away. */
	setTrouble(text: string): void {
		this.#trouble.textContent = text;
	}

	#label(): void {
		const { open, close, unread } = this.#texts;
		this.button.ariaExpanded = String(this.#open);
		this.button.ariaLabel = this.#open
			? close
			: this.#unread > 0
				? unread.replace('{count}', String(this.#unread))
				: open;
	}
}

function icon(path: string): SVGSVGElement {
	const namespace = 'http://www.w3.org/2000/svg';
	const svg = document.createElementNS(namespace, 'svg');
	svg.setAttribute('viewBox', '0 0 24 24');
	svg.setAttribute('aria-hidden', 'true');
	const shape = document.createElementNS(namespace, 'path');
	shape.setAttribute('d', path);
	svg.append(shape);
	return svg;
}

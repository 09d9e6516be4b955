import type { WidgetSettings } from '@chatiq/contracts/site';
import type { WidgetConfig } from '../panel-api.ts';
import css from './bubble.css?inline';
import type { BubbleTexts } from './languages.ts';

const speech = 'M5 5h14v10h-9l-5 4z';
// There and back, so that only its stroke shows.
const chevron = 'm6 9 6 6 6-6-6 6z';

interface BubbleState {
	config: WidgetConfig;
	/** Null until they are known. */
	settings: WidgetSettings | undefined;
	open: boolean;
	unread: number;
	texts: BubbleTexts;
}

/** The button in the corner, in an open shadow root; built without markup, so that any CSP lets it be. */
export function createBubble() {
	const host = document.createElement('chatiq-widget');
	const root = host.attachShadow({ mode: 'open' });
	const style = new CSSStyleSheet();
	const own = new CSSStyleSheet();
	style.replaceSync(css);
	root.adoptedStyleSheets = [style, own];

	const slot = element('div', '');
	/** Tells what went wrong, beside the bubble. */
	const trouble = element('div', 'trouble');
	trouble.role = 'alert';
	const button = element('button', 'bubble');
	const badge = element('span', 'badge');
	const shape = svg('path');
	const icon = svg('svg');
	icon.setAttribute('viewBox', '0 0 24 24');
	icon.append(shape);
	button.append(icon, badge);
	root.append(slot, trouble, button);

	/** What the page says goes before the site's settings; before those are known, the product's look. */
	const draw = ({ config, settings, open, unread, texts }: BubbleState) => {
		const look = { ...settings, ...config };
		const side = look.position ?? 'right';
		const width = look.size === 'compact' ? 48 : look.size === 'large' ? 64 : 56;
		const color = look.color ?? look.primary_color ?? '#3b5bfd';
		own.replaceSync(
			`:host{--color:${color};--bubble:${width}px;${side}:20px!important}.trouble{${side}:0}`
		);
		shape.setAttribute('d', open ? chevron : speech);
		const count = open || unread === 0 ? '' : unread > 9 ? '9+' : `${unread}`;
		badge.textContent = count;
		button.ariaExpanded = `${open}`;
		button.ariaLabel = open
			? texts.close
			: texts[count ? 'unread' : 'open'].replace('{count}', count);
	};

	return { host, root, slot, button, trouble, draw };
}

function element<Name extends 'div' | 'span' | 'button'>(name: Name, className: string) {
	return Object.assign(document.createElement(name), { className });
}

function svg(name: 'svg' | 'path') {
	return document.createElementNS('http://www.w3.org/2000/svg', name);
}

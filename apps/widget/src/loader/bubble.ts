import type { WidgetSettings } from '@chatiq/contracts/site';
import type { WidgetConfig } from '../panel-api.ts';
import css from './bubble.css?inline';
import type { BubbleTexts } from './languages.ts';

const speech = 'M5 5h14v10h-9l-5 4z';
const chevron = 'm6 10 6 6 6-6z';

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
	const colors = new CSSStyleSheet();
	style.replaceSync(css);
	root.adoptedStyleSheets = [style, colors];

	const slot = document.createElement('div');
	/** Tells what went wrong, beside the bubble. */
	const trouble = document.createElement('div');
	trouble.role = 'alert';
	trouble.className = 'trouble';
	const button = document.createElement('button');
	button.className = 'bubble';
	const badge = document.createElement('span');
	badge.className = 'badge';
	const shape = svg('path');
	const icon = svg('svg');
	icon.setAttribute('viewBox', '0 0 24 24');
	icon.append(shape);
	button.append(icon, badge);
	root.append(slot, trouble, button);

	/** What the page says goes before the site's settings; before those are known, the product's look. */
	const draw = ({ config, settings, open, unread, texts }: BubbleState) => {
		const { position, size, theme = 'auto' } = { ...settings, ...config };
		Object.assign(host.dataset, { position, size, theme });
		const color = config.color ?? settings?.primary_color ?? '#2563eb';
		colors.replaceSync(`:host{--color:${color}}`);
		shape.setAttribute('d', open ? chevron : speech);
		const count = open || unread === 0 ? '' : unread > 9 ? '9+' : `${unread}`;
		badge.textContent = count;
		button.ariaExpanded = `${open}`;
		button.ariaLabel = count ? texts.unread.replace('{count}', count) : texts.chat;
	};

	return { host, root, slot, button, trouble, draw };
}

function svg(name: 'svg' | 'path') {
	return document.createElementNS('http://www.w3.org/2000/svg', name);
}

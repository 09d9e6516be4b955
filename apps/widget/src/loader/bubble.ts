import type { WidgetSettings } from '@chatiq/contracts/site';
import type { WidgetConfig } from '../panel-api.ts';
import css from './bubble.css?inline';
import { element } from './element.ts';

/** The button in the corner, in an open shadow root; built without markup, so that any CSP lets it be. */
export function createBubble() {
	const host = document.createElement('chatiq-widget');
	const root = host.attachShadow({ mode: 'open' });
	const style = new CSSStyleSheet();
	const slot = element('div');
	const button = element('button', { className: 'bubble' });
	root.adoptedStyleSheets = [style];
	root.append(slot, button);

	/** What the page says goes before the site's settings; before those are known, the product's look. */
	const draw = (look: Partial<WidgetConfig & WidgetSettings>) => {
		const { position = 'right', size, color, primary_color = '#3b5bfd' } = look;
		const width = size === 'compact' ? 48 : size === 'large' ? 64 : 56;
		style.replaceSync(
			`${css}:host{--color:${color || primary_color}!important;--bubble:${width}px!important;${position}:20px!important}.trouble{${position}:0}`
		);
	};

	return { host, root, slot, button, draw };
}

import type { WidgetSettings } from '@chatiq/contracts/site';
import type { WidgetConfig } from '../panel-api.ts';
import css from './bubble.css?inline';

const speech = 'M5 5h14v10h-9l-5 4z';
// There and back, so that only its stroke shows.
const chevron = 'm6 9 6 6 6-6-6 6z';

/** The button in the corner, in an open shadow root; built without markup, so that any CSP lets it be. */
export function createBubble() {
	const host = document.createElement('chatiq-widget');
	const root = host.attachShadow({ mode: 'open' });
	const style = new CSSStyleSheet();
	root.adoptedStyleSheets = [style];

	const slot = document.createElement('div');
	/** Tells what went wrong, beside the bubble. */
	const trouble = document.createElement('p');
	trouble.role = 'alert';
	trouble.className = 'trouble';
	const button = document.createElement('button');
	button.className = 'bubble';
	const badge = document.createElement('b');
	const icon = svg('svg');
	icon.setAttribute('viewBox', '0 0 24 24');
	const shape = icon.appendChild(svg('path'));
	button.append(icon, badge);
	root.append(slot, trouble, button);

	/** What the page says goes before the site's settings; before those are known, the product's look. */
	const draw = (config: WidgetConfig, settings: WidgetSettings | undefined, open: boolean) => {
		const { position, size, color, primary_color }: Partial<WidgetConfig & WidgetSettings> = {
			...settings,
			...config
		};
		const side = position ?? 'right';
		const width = size === 'compact' ? 48 : size === 'large' ? 64 : 56;
		style.replaceSync(
			`${css}:host{--color:${color ?? primary_color ?? '#3b5bfd'}!important;--bubble:${width}px!important;${side}:20px!important}b,.trouble{${side}:0}`
		);
		shape.setAttribute('d', open ? chevron : speech);
		button.ariaExpanded = `${open}`;
	};

	return { host, root, slot, button, badge, trouble, draw };
}

const svg = (name: 'svg' | 'path') => document.createElementNS('http://www.w3.org/2000/svg', name);

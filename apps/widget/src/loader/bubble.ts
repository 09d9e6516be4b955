import type { WidgetSettings } from '@chatiq/contracts/site';
import type { WidgetConfig } from '../panel-api.ts';
import css from './bubble.css?raw';
import { element } from './element.ts';

/** The button in the corner, in an open shadow root; built without markup, so that any CSP lets it be. */
export const host = element('chatiq-widget');
export const root = host.attachShadow({ mode: 'open' });
export const slot = element('div', { className: 'trouble' });
export const button = element('button', { className: 'bubble' });
const style = new CSSStyleSheet();
root.adoptedStyleSheets = [style];
root.append(slot, button);

/** What the page says goes before the site's settings; before those are known, the product's look. */
export const draw = ({
	position = 'right',
	size,
	color,
	primary_color = '#3b5bfd'
}: Partial<WidgetConfig & WidgetSettings>) => {
	const width =
		({ compact: 48, large: 64 } as Partial<Record<string, number>>)[size as string] || 56;
	style.replaceSync(
		`${css}:host{--color:${color || primary_color}!important;--bubble:${width}px!important;${position}:20px!important}.bubble{float:${position}}`
	);
};

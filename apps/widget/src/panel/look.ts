import type { WidgetSettings } from '@chatiq/contracts/site';
import type { WidgetConfig } from '../panel-api.ts';
import { blends } from './ink.ts';

/** Theme, size, side and second colour of the panel; the bubble's own colour is the loader's. */
export function applyLook(host: Element, config: WidgetConfig, settings: WidgetSettings): void {
	const { theme, size, position } = { ...settings, ...config };
	Object.assign((host as HTMLElement).dataset, { theme, size, position });
	const { primary_color, secondary_color } = settings;
	// Else the header's text would be unreadable somewhere.
	const pair = !config.color && blends(primary_color, secondary_color);
	const second = pair ? secondary_color : 'var(--color)';
	(host as HTMLElement).style.setProperty('--color-2', second, 'important');
}

import { fullScreen } from '../focus.ts';

/** TAB goes round inside where there is nothing to see outside. */
export function keepFocusInside(panel: HTMLElement, event: KeyboardEvent): void {
	if (event.key !== 'Tab' || !fullScreen()) return;
	const stops = panel.querySelectorAll<HTMLElement>(
		':is(button, input, select, textarea, a[href]):not([tabindex="-1"])'
	);
	const first = stops[0];
	const last = stops[stops.length - 1];
	const active = (panel.getRootNode() as ShadowRoot).activeElement;
	const leaving = event.shiftKey ? active === first || active === panel : active === last;
	if (!leaving) return;
	event.preventDefault();
	(event.shiftKey ? last : first)?.focus();
}

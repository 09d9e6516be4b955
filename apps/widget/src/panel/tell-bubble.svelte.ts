import type { PanelContext } from '../panel-api.ts';
import type { PanelState } from './panel-state.svelte.ts';

/** Before the panel is there, the bubble only opens it. From here on it tells what is unread, and closes. */
export function tellBubble(panel: PanelState, { button, emit }: PanelContext): void {
	const unread = $derived(panel.view.unread);
	const shown = $derived(panel.open || !unread ? '' : unread > 9 ? '9+' : `${unread}`);
	let told = 0;
	$effect(() => {
		const { close, bubble_open } = panel.wording.texts;
		const closed = shown ? panel.wording.fill('bubble_unread', { count: shown }) : bubble_open;
		button.ariaLabel = panel.open ? close : closed;
		button.ariaExpanded = `${panel.open}`;
		button.dataset['unread'] = shown;
	});
	$effect(() => {
		if (unread !== told) emit('unread', (told = unread));
	});
}

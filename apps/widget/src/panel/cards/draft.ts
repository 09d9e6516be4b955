import type { PanelState } from '../panel-state.svelte.ts';

const keyOf = ({ keyPrefix }: PanelState, name: string) => `${keyPrefix}:draft:${name}`;

/** What a card has in its fields, for a reload; it belongs to this tab. */
export function recall(panel: PanelState, name: string): string {
	return panel.tab.get(keyOf(panel, name)) ?? '';
}

export function remember(panel: PanelState, name: string, text: string): void {
	panel.tab.set(keyOf(panel, name), text || null);
}

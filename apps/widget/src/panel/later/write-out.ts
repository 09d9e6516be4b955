import type { PanelState } from '../panel-state.svelte.ts';

/** The day and the time in words when a pointer asks: for each message beforehand it would make opening slower. */
export function writeOut(time: HTMLTimeElement, { wording }: PanelState): void {
	const style = { dateStyle: 'long', timeStyle: 'short' } as const;
	time.title = new Date(time.dateTime).toLocaleString(wording.locale, style);
}

import type { PanelState } from '../panel-state.svelte.ts';
import css from './cards.css?inline';

/** The looks that cards of different lazy parts share. */
export const adoptCards = (panel: PanelState) => panel.adopt(css);

import type { PanelState } from '../panel-state.svelte.ts';
import css from './lightbox.css?inline';

export { default as Lightbox } from './Lightbox.svelte';

export const start = (panel: PanelState): void => panel.adopt(css);

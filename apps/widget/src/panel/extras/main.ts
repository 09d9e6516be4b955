import Lazy from '../Lazy.svelte';
import type { PanelState } from '../panel-state.svelte.ts';
import Annex from './Annex.svelte';
import css from './extras.css?inline';
import { Extras } from './extras.svelte.ts';
import Foot from './Foot.svelte';
import Glyph from './Glyph.svelte';
import Lead from './Lead.svelte';
import Quote from './Quote.svelte';
import Screen from './Screen.svelte';
import Tools from './Tools.svelte';
import Writing from './Writing.svelte';

/**
 * The places in the panel that fill up once this has come; Glyph and Lazy are for the parts that come later
 * still, which may not import from here (a chunk that loads another cannot be needed by it).
 */
const parts = { Annex, Foot, Glyph, Lazy, Lead, Quote, Screen, Tools, Writing };

export type ExtrasWithParts = Extras & typeof parts;

export function startExtras(panel: PanelState): ExtrasWithParts {
	panel.adopt(css);
	return Object.assign(new Extras(panel), parts);
}

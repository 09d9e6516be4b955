import { getPanel } from '../panel-state.svelte.ts';
import type { ExtrasWithParts } from './main.ts';

/** For the parts of the extras, which are only there with them. */
export const ownExtras = () => getPanel().extras as ExtrasWithParts;

import { createContext } from 'svelte';
import type { Panes } from './panes.ts';

const [getPanes, setPanes] = createContext<Panes>();

export const getPaneState = getPanes;

/** Makes the panes reactive for all below. */
export function setPaneState(initial: Panes): Panes {
	const panes = $state({ ...initial });
	return setPanes(panes);
}

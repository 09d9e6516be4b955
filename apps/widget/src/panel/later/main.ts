import { withoutMarks } from '@chatiq/contracts/light-marks';
import type { PanelState } from '../panel-state.svelte.ts';
import Cover from './Cover.svelte';
import Drop from './Drop.svelte';
import Jump from './Jump.svelte';
import { keepFocusInside } from './keep-focus-inside.ts';
import css from './later.css?inline';
import Left from './Left.svelte';
import { linkify } from './linkify.ts';
import Older from './Older.svelte';
import Typing from './Typing.svelte';
import { followVisualViewport } from './visual-viewport.ts';
import { writeOut } from './write-out.ts';

const parts = {
	...{ Cover, Drop, Jump, Left, Older, Typing },
	...{ followVisualViewport, keepFocusInside, linkify, withoutMarks, writeOut }
};

export type Later = typeof parts;

/** What nobody needs to read the first messages and to write one; comes a moment after the panel. */
export function startLater(panel: PanelState): Later {
	panel.adopt(css);
	return parts;
}

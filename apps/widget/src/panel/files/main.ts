import { Backend } from '@chatiq/uploads/backend';
import { Links } from '@chatiq/uploads/links';
import type { PanelState } from '../panel-state.svelte.ts';
import css from './files.css?inline';

export { default as Attachments } from './Attachments.svelte';

/** Shows the files of messages. */
export function start(panel: PanelState): Links {
	panel.adopt(css);
	return new Links(new Backend(panel.access));
}

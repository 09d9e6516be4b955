import type { Extras } from '../extras/extras.svelte.ts';
import ConversationList from './ConversationList.svelte';
import css from './conversations.css?inline';
import { ListState } from './list-state.svelte.ts';

const lists = new WeakMap<Extras, ListState>();

/** One list per panel. */
export function listOf(extras: Extras): ListState {
	const known = lists.get(extras) ?? new ListState(extras.panel.chat);
	lists.set(extras, known);
	extras.panel.adopt(css);
	return known;
}

export { ConversationList };

import type { Desk } from '../../desk.ts';
import { SavedViews } from './saved-views.svelte.ts';

const known = new WeakMap<Desk, SavedViews>();

/** The saved views, kept as long as the page. */
export function savedViewsOf(desk: Desk): SavedViews {
	const there = known.get(desk);
	if (there) return there;
	const made = new SavedViews(desk.rest, desk.call, desk.membership);
	known.set(desk, made);
	return made;
}

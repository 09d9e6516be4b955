import { Backend } from '@chatiq/uploads/backend';
import { Links } from '@chatiq/uploads/links';
import type { Desk } from '../desk.ts';

const made = new WeakMap<Desk, Links>();

/** Links to files that were sent, one set per desk: the list of conversations does without. */
export function linksOf(desk: Desk): Links {
	const known = made.get(desk);
	if (known) return known;
	const links = new Links(new Backend(desk.files.access));
	made.set(desk, links);
	return links;
}

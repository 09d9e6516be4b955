import { browser } from '$app/env';
import type { Desk } from '../desk.ts';
import { draftApi } from './draft-api.ts';
import { DraftSync } from './draft-sync.ts';
import { Drafts } from './drafts.ts';

const made = new WeakMap<Desk, { drafts: Drafts; draftSync: DraftSync }>();

/** One set per desk: what is to be saved a moment later is saved also when another conversation is open by then. */
export function draftsOf(desk: Desk): { drafts: Drafts; draftSync: DraftSync } {
	const known = made.get(desk);
	if (known) return known;
	const drafts = new Drafts(browser ? () => localStorage : null, desk.membership.me.id);
	const both = { drafts, draftSync: new DraftSync(draftApi(desk.rest, desk.call), drafts) };
	made.set(desk, both);
	return both;
}

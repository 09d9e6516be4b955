import { browser } from '$app/env';
import { onHidden, onLeave, onWake } from '#lib/session/wake.ts';
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
	const draftSync = new DraftSync(draftApi(desk.rest, desk.call), drafts);
	const both = { drafts, draftSync };
	made.set(desk, both);
	// For as long as the page lives, as the desk itself.
	if (browser) {
		const flush = () => {
			drafts.flush();
			draftSync.flush();
		};
		onLeave(flush);
		onHidden(flush);
		onWake(() => draftSync.flush());
	}
	return both;
}

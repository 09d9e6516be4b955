import type { MyInboxConversation } from '@chatiq/contracts/conversation';
import type { VisitorAction } from './about.svelte.ts';
import type { Change } from './changes.ts';
import type { Mode } from './composer/writing.svelte.ts';

/** The conversation on the screen, for what is not part of it: the command palette. */
export interface Opened {
	readonly row: MyInboxConversation | null;
	/** With a notice and a way back. */
	change: (change: Change) => void;
	write: (mode: Mode) => void;
	/** In the visitor's card, which asks before it does what cannot be undone. */
	visitor: (action: VisitorAction) => void;
	toggleCard: () => void;
	toggleList: () => void;
}

import type { Chat } from '../../core/chat.ts';
import css from '../files/files.css?inline';
import type { PanelState } from '../panel-state.svelte.ts';
import { Files } from './files.svelte.ts';

/** Sends files: choosing, progress, what waits. */
export function start(panel: PanelState, chat: Chat, owner: string): Files {
	panel.adopt(css);
	return new Files(chat, { ...panel.access, owner });
}

import type { Mode } from './writing.svelte.ts';

/** A list that what is being written asks for: ready answers by `/`, colleagues by `@` in a note. */
export interface Trigger {
	kind: 'template' | 'mention';
	/** Where the sign stands. */
	from: number;
	/** What is written behind it, up to the caret. */
	query: string;
}

const templateBefore = /(?:^|\s)\/([\p{L}\p{N}_-]{0,40})$/u;
/** Names may be two words. */
const mentionBefore = /(?:^|[\s(])@([\p{L}\p{N}._'’-]{0,40}(?: [\p{L}\p{N}._'’-]{0,40})?)$/u;

export function triggerAt(text: string, caret: number, mode: Mode): Trigger | null {
	const before = text.slice(0, caret);
	const template = templateBefore.exec(before)?.[1];
	if (template !== undefined) return found('template', template, caret);
	const mention = mode === 'note' ? mentionBefore.exec(before)?.[1] : undefined;
	return mention === undefined ? null : found('mention', mention, caret);
}

const found = (kind: Trigger['kind'], query: string, caret: number): Trigger => ({
	kind,
	from: caret - query.length - 1,
	query
});

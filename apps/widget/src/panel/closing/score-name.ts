import type { ClosingTexts } from './closing-texts.ts';

export const scores = [1, 2, 3, 4, 5] as const;

/** What a score is called: a picture alone says nothing to a screen reader. */
export const scoreName = (texts: ClosingTexts, score: number): string =>
	texts[`score_${scores.find((known) => known === score) ?? 3}`];

import { beforeAll, expect, vi } from 'vitest';
import { oneOfEachKind, type Actor } from './actors.ts';
import type { Answer, Ask } from './api.ts';
import { digest, dueJobs } from './digest.ts';
import type { Context } from './context.ts';

/** Who attacks what: `theirs` is a line of the organisation that is none of the attackers' business. */
export interface Side {
	attackers: readonly Actor[];
	theirs: (lines: string[]) => string;
	mine: (lines: string[]) => string[];
}

const isForeign = (line: string) => line === 'foreign' || line === 'foreign_note';
const isOurs = (line: string) => !isForeign(line) && line !== 'guessed';

/** One of each kind of A's against B (the grids ask everybody); B's owner against A. */
export const sides: readonly Side[] = [
	{
		attackers: oneOfEachKind.filter((actor) => actor !== 'str'),
		theirs: () => 'foreign',
		mine: (lines) => lines.filter(isOurs)
	},
	{
		attackers: ['str'],
		theirs: (lines) => lines.find(isOurs) ?? '',
		mine: (lines) => lines.filter(isForeign)
	}
];

/** Asks the Data API, and after each attack finds both organisations as they were before the first. */
export function lookOn(context: () => Context): {
	ask: (actor: Actor, path: string, options?: Ask) => Promise<Answer>;
	expectNothingChanged: () => Promise<void>;
	/** After what changes rows by right, like making them for an attack. */
	lookAgain: () => Promise<void>;
} {
	let before: Record<string, string>;
	const lookAgain = async () => {
		await vi.waitFor(async () => expect(await dueJobs(context().world)).toEqual([]), 50_000);
		before = await digest(context().world);
	};
	beforeAll(lookAgain);
	return {
		ask: (actor, path, options) => context().world.api.ask(actor, `rest/v1/${path}`, options),
		expectNothingChanged: async () => expect(await digest(context().world)).toEqual(before),
		lookAgain
	};
}

/** Refused, or answered with no row. */
export function gotNothing({ status, body }: Answer): boolean {
	return status >= 400 || (Array.isArray(body) && body.length === 0);
}

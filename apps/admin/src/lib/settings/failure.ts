import { AppError } from '@chatiq/contracts/errors';
import { m } from '@chatiq/i18n/console';
import { failureOf, type FailureCode } from '#lib/inbox/failure.ts';
import { errorText } from '#lib/i18n/error-text.ts';

/** The name or shortcut belongs to something else already. */
export class Taken extends Error {
	override readonly name = 'Taken';
}

export type SaveFailure = FailureCode | 'taken';

interface Answer<Data> {
	data: Data | null;
	error: { message: string; details: string | null; code: string } | null;
	status: number;
}

/** Codes of Postgres that a table answers with, where a function has a code of its own. */
const meanings: Partial<Record<string, () => Error>> = {
	'23505': () => new Taken(),
	'23514': () => new AppError('invalid_input', 'a check refused the value'),
	'23503': () => new AppError('invalid_input', 'what it names is not there'),
	'22P02': () => new AppError('invalid_input', 'not a value of its type'),
	'42501': () => new AppError('forbidden', 'not allowed')
};

/** The rows of an answer; throws what a screen can tell. */
export async function rows<Data>(request: PromiseLike<Answer<Data>>): Promise<NonNullable<Data>> {
	const { data, error, status } = await request;
	if (error) throw meanings[error.code]?.() ?? failureOf({ status, error });
	// Functions that return nothing answer null.
	return data as NonNullable<Data>;
}

export const saveFailureText = (failure: SaveFailure): string =>
	failure === 'taken' ? m.set_taken() : errorText(failure);

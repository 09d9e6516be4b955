import type { RestError } from '../rest-errors.ts';

/** An answer of PostgREST's own, thrown from wherever the request turns out to be wrong. */
export class RestFailure extends Error {
	readonly status: number;
	readonly body: Omit<RestError, 'details'> & { details: unknown };

	constructor(
		status: number,
		code: string,
		message: string,
		{ details = null, hint = null }: { details?: unknown; hint?: string | null } = {}
	) {
		super(message);
		this.status = status;
		this.body = { code, details, hint, message };
	}
}

import { AppError, isErrorCode, type ErrorCode } from '@chatiq/contracts/errors';

/** The call or its answer was lost on the way: the same call may simply be made again. */
export class Unreachable extends Error {
	override readonly name = 'Unreachable';
}

/** What a screen can say about a failure. */
export type FailureCode = ErrorCode | 'unreachable';

interface RefusedCall {
	status: number;
	error: { message: string; details: string | null };
}

export function failureOf({ status, error }: RefusedCall): Error {
	if (isErrorCode(error.message)) {
		return new AppError(error.message, error.message, { retryAfter: retryAfter(error.details) });
	}
	if (status === 401) return new AppError('session_required', error.message);
	// 0: no answer. 5xx without a code of ours comes from a gateway: nothing was decided.
	if (status === 0 || status >= 502) return new Unreachable(error.message);
	return new AppError('internal', error.message);
}

export function codeOf(error: unknown): FailureCode {
	if (error instanceof AppError) return error.code;
	return error instanceof Unreachable ? 'unreachable' : 'internal';
}

/** Worth the same call again, without anybody deciding anything. */
export function temporary(error: unknown): boolean {
	return ['unreachable', 'internal', 'rate_limited', 'session_required'].includes(codeOf(error));
}

function retryAfter(details: string | null): number | undefined {
	if (!details?.startsWith('{')) return undefined;
	const parsed: unknown = JSON.parse(details);
	if (typeof parsed !== 'object' || parsed === null || !('retry_after' in parsed)) return undefined;
	return typeof parsed.retry_after === 'number' ? parsed.retry_after : undefined;
}

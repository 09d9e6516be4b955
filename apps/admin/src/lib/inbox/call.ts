import { failureOf } from './failure.ts';

interface Answer {
	data: unknown;
	error: { message: string; details: string | null } | null;
	status: number;
}

/** Makes a call of the Data API. `T` is what docs/api.md promises: it is our own database, not a stranger. */
export type Call = <T>(request: () => PromiseLike<Answer>) => Promise<T>;

const timeoutMs = 15_000;

export const soon = (): AbortSignal => AbortSignal.timeout(timeoutMs);

/** `renewSession` tries after a 401; false when the operator has to sign in. */
export function caller(renewSession: () => Promise<boolean>): Call {
	return async <T>(request: () => PromiseLike<Answer>): Promise<T> => {
		let answer = await request();
		if (answer.status === 401 && (await renewSession())) answer = await request();
		if (answer.error) throw failureOf({ status: answer.status, error: answer.error });
		return answer.data as T;
	};
}

import { withoutPersonalData } from '../_shared/log.ts';

/** Why a job failed, in words that an admin may read: no addresses, no content. */
export class JobFailure extends Error {
	override readonly name = 'JobFailure';
	/** No other try can succeed. */
	readonly final: boolean;
	/** Seconds that the other side asked for. */
	readonly retryAfter: number | undefined;

	constructor(
		message: string,
		{
			final = false,
			retryAfter,
			cause
		}: { final?: boolean; retryAfter?: number; cause?: unknown } = {}
	) {
		super(message, { cause });
		this.final = final;
		this.retryAfter = retryAfter;
	}
}

/** The mailbox does not exist or takes nothing: no mail to this address can succeed. */
export class AddressRefused extends JobFailure {
	constructor(message: string, { cause }: { cause?: unknown } = {}) {
		super(message, { final: true, cause });
	}
}

/** The worker must end before the job: it goes on at once elsewhere, and the try does not count. */
export class JobPaused extends Error {
	override readonly name = 'JobPaused';
}

/** The failure as it is kept. What is no JobFailure is a bug or an outage, told in the log alone. */
export function asJobFailure(error: unknown): JobFailure {
	if (error instanceof JobFailure) return error;
	const known = error instanceof Error ? error : new Error(String(error));
	const code = 'code' in known && typeof known.code === 'string' ? ` (${known.code})` : '';
	return new JobFailure(withoutPersonalData(known.message) + code, { cause: error });
}

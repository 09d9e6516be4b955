/** A step of an upload without a good answer. `status` 0: no answer at all. */
export class UploadFailed extends Error {
	override readonly name = 'UploadFailed';
	readonly status: number;
	readonly code: string | null;
	readonly retryAfterMs: number;

	constructor(
		status: number,
		code: string | null = null,
		{ cause, retryAfterMs = 0 }: { cause?: unknown; retryAfterMs?: number } = {}
	) {
		super(code ?? `HTTP ${status}`, { cause });
		this.status = status;
		this.code = code;
		this.retryAfterMs = retryAfterMs;
	}

	/** A session that cannot be had is a step that failed, as any other: both apps' errors have these fields. */
	static of(error: unknown): UploadFailed {
		if (error instanceof UploadFailed) return error;
		const { status, code, retryAfterMs } = (error ?? {}) as Partial<UploadFailed>;
		if (status === undefined) throw error;
		return new UploadFailed(status, code ?? null, {
			cause: error,
			retryAfterMs: retryAfterMs ?? 0
		});
	}

	/** Functions, the Data API and Storage spell a refusal differently. */
	static answered(status: number, answer: unknown, retryAfter: string | null): UploadFailed {
		const { error, message } = (answer ?? {}) as { error?: unknown; message?: unknown };
		const code = (error as { code?: unknown } | undefined)?.code ?? message;
		const ours = typeof code === 'string' && /^[a-z]+(_[a-z]+)+$/.test(code) ? code : null;
		return new UploadFailed(status, ours, { retryAfterMs: (Number(retryAfter) || 0) * 1000 });
	}

	/** The same step may well succeed later. */
	get temporary(): boolean {
		// Bytes that are not there (any more) are sent again.
		if (this.code === 'upload_incomplete') return true;
		return [0, 401, 408, 423, 425, 429].includes(this.status) || this.status >= 500;
	}
}

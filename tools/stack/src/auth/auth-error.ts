/** The first version of the error body whose `code` is a text; supabase-js asks for it. */
const namedCodes = '2024-01-01';

/** An error in the form that supabase-js reads. */
export class AuthError extends Error {
	readonly status: number;
	readonly code: string;
	/** What the body says besides, like the reasons why a password is weak. */
	readonly details: Record<string, unknown>;

	constructor(
		status: number,
		code: string,
		message: string,
		details: Record<string, unknown> = {}
	) {
		super(message);
		this.name = 'AuthError';
		this.status = status;
		this.code = code;
		this.details = details;
	}

	/** The form depends on the version that the request asks for. */
	toResponse(request?: Request): Response {
		const asked = request?.headers.get('x-supabase-api-version') ?? '';
		const named = asked >= namedCodes;
		const body = named
			? { code: this.code, message: this.message }
			: { code: this.status, error_code: this.code, msg: this.message };
		return Response.json(
			{ ...body, ...this.details },
			{
				status: this.status,
				headers: {
					'x-sb-error-code': this.code,
					...(named && { 'x-supabase-api-version': namedCodes })
				}
			}
		);
	}
}

export function isAuthError(error: unknown): error is AuthError {
	return error instanceof AuthError;
}

/** An error in the form that supabase-js reads; @supabase/lite's own looks the same. */
export class AuthError extends Error {
	readonly status: number;
	readonly code: string;

	constructor(status: number, code: string, message: string) {
		super(message);
		this.name = 'AuthError';
		this.status = status;
		this.code = code;
	}

	toResponse(): Response {
		return authErrorResponse(this);
	}
}

type AuthErrorLike = Error & { status: number; code: string };

/** Lite does not export its class, so its errors are known by their name. */
export function isAuthError(error: unknown): error is AuthErrorLike {
	return error instanceof Error && error.name === 'AuthError' && 'status' in error;
}

export function authErrorResponse({ status, code, message }: AuthErrorLike): Response {
	return Response.json(
		{ code: status, error_code: code, msg: message },
		{ status, headers: { 'x-sb-error-code': code } }
	);
}

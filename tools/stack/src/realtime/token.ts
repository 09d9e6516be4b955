/** What a verified token says. `exp` is absent for opaque keys, which do not expire. */
export interface Claims {
	role: string;
	exp?: number;
	sub?: string;
	[claim: string]: unknown;
}

/** The error `verifyToken` throws; its message is the text clients are shown. */
export interface TokenError extends Error {
	kind: 'expired' | 'signature' | 'malformed' | 'missing_claims';
}

export type VerifyToken = (token: string) => Promise<Claims>;

const kinds: readonly unknown[] = ['expired', 'signature', 'malformed', 'missing_claims'];

export function isTokenError(error: unknown): error is TokenError {
	return error instanceof Error && 'kind' in error && kinds.includes(error.kind);
}

/** A rejected join names the error class in front of the text; no other answer does. */
export function joinReason(error: TokenError): string {
	return `${joinCode(error)}: ${error.message}`;
}

function joinCode(error: TokenError): string {
	switch (error.kind) {
		case 'malformed':
			return 'MalformedJWT';
		case 'signature':
			return error.message.startsWith('Failed to generate')
				? 'JwtSignerError'
				: 'JwtSignatureError';
		case 'expired':
		case 'missing_claims':
			return 'InvalidJWTToken';
	}
}

/** The handshake does not say how long ago a token expired. */
export function connectMessage(error: TokenError): string {
	return error.kind === 'expired' ? 'Token has expired' : error.message;
}

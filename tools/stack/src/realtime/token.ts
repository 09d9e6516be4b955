import { TokenError } from '../tokens.ts';

/** What a verified token says. `exp` is absent for opaque keys, which do not expire. */
export interface Claims {
	role: string;
	exp?: number;
	sub?: string;
	[claim: string]: unknown;
}

/** Throws a `TokenError`, whose message is the text clients are shown. */
export type VerifyToken = (token: string) => Promise<Claims>;

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

import type { IncomingMessage } from 'node:http';
import { Refused, unauthorized } from './refusal.ts';

/** Rejects when the token is not one of ours or has expired. */
export type VerifyToken = (token: string) => Promise<unknown>;

/** What `verify_jwt` asks for, refused in the words of hosted ones. Throws a Refused. */
export async function authorize(request: IncomingMessage, verifyToken: VerifyToken): Promise<void> {
	// A preflight carries no credentials; the function answers it.
	if (request.method === 'OPTIONS') return;
	const header = request.headers.authorization;
	if (header === undefined)
		throw new Refused(unauthorized('NO_AUTH_HEADER', 'Missing authorization header'));
	const token = /^Bearer\s+(\S+)$/i.exec(header.trim())?.[1];
	const algorithm = token === undefined ? null : algorithmOf(token);
	if (token === undefined || algorithm === null)
		throw new Refused(unauthorized('INVALID_JWT_FORMAT', 'Invalid JWT format'));
	try {
		await verifyToken(token);
	} catch {
		throw new Refused(
			algorithm === 'HS256'
				? unauthorized('LEGACY_JWT', 'Invalid JWT')
				: unauthorized('ASYMMETRIC_JWT', 'Invalid JWT')
		);
	}
}

function algorithmOf(token: string): string | null {
	try {
		const [head = ''] = token.split('.');
		const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { alg?: unknown };
		return typeof alg === 'string' ? alg : null;
	} catch {
		return null;
	}
}

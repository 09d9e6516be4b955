import type { RawBuilder } from 'kysely';
import * as z from 'zod';
import type { Authorization } from '../api/authorization.ts';
import type { Database } from '../api/database-context.ts';
import type { AuthMailer } from '../mail/auth-mailer.ts';
import type { Signer } from '../tokens.ts';
import { AuthError } from './auth-error.ts';
import type { AuthConfig } from './config.ts';
import type { OidcProvider } from './oidc.ts';
import type { RateLimiter } from './rate-limiter.ts';

/** What all requests to Auth share. */
export type AuthServices = {
	db: Database;
	config: AuthConfig;
	/** Where links lead in the end, unless the caller names an allowed place. */
	siteUrl: string;
	/** Where this API is reached. */
	publicUrl: string;
	issuer: string;
	signer: Signer;
	/** Signs what only we read again. */
	secret: string;
	mailer: AuthMailer;
	limiter: RateLimiter;
	providers: ReadonlyMap<string, OidcProvider>;
};

/** One request to Auth. */
export type AuthContext = AuthServices & {
	request: Request;
	url: URL;
	/** Below `/auth/v1`. */
	path: string;
	/** Undefined without a body or when it is no JSON. */
	body: unknown;
	caller: Authorization;
	ip: string | null;
};

export function parseBody<Schema extends z.ZodType>(
	{ body }: AuthContext,
	schema: Schema
): z.infer<Schema> {
	if (body === undefined) {
		throw new AuthError(400, 'bad_json', 'Could not parse request body as JSON');
	}
	const parsed = schema.safeParse(body);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	const field = issue?.path.join('.') ?? '';
	const message = issue?.message ?? parsed.error.message;
	throw new AuthError(400, 'validation_failed', field === '' ? message : `${field}: ${message}`);
}

export async function rowsOf<Row>(db: Database, query: RawBuilder<unknown>): Promise<Row[]> {
	const { rows } = await (query as RawBuilder<Row>).execute(db);
	return rows;
}

export async function rowOf<Row>(db: Database, query: RawBuilder<unknown>): Promise<Row | null> {
	const [row] = await rowsOf<Row>(db, query);
	return row ?? null;
}

export function isUuid(text: unknown): text is string {
	return typeof text === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** An address as Auth keeps it, or the refusal of something else. */
export function checkEmail(text: string): string {
	const parsed = z.email().toLowerCase().safeParse(text.trim());
	if (parsed.success && parsed.data.length <= 255) return parsed.data;
	throw new AuthError(400, 'validation_failed', 'Unable to validate email address: invalid format');
}

export const Metadata = z.record(z.string(), z.unknown());
export type Metadata = z.infer<typeof Metadata>;

/** Of `flowType: 'pkce'`: what the mail or the provider brings back is worth nothing without it. */
export const challengeFields = {
	code_challenge: z.string().nullish(),
	code_challenge_method: z.string().nullish()
};

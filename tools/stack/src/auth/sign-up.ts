import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AuthError } from './auth-error.ts';
import { challengeFields, checkEmail, Metadata, parseBody } from './context.ts';
import type { AuthContext } from './context.ts';
import { challengeOf } from './flow-state.ts';
import { mailLink } from './mails.ts';
import { checkStrength, hashPassword } from './passwords.ts';
import { startSession } from './sessions.ts';
import { userJson } from './user-json.ts';
import { findByEmail, insertUser, isConfirmed, userById } from './users.ts';
import type { NewUser, UserRow } from './users.ts';

const SignUp = z.looseObject({
	email: z.string().nullish(),
	phone: z.string().nullish(),
	password: z.string().nullish(),
	data: Metadata.nullish(),
	...challengeFields
});
type SignUp = z.infer<typeof SignUp>;

export async function signUp(context: AuthContext): Promise<Response> {
	const body = parseBody(context, SignUp);
	const { config } = context;
	const anonymous = [body.email, body.phone].every((field) => (field ?? '') === '');
	refuseClosed(context);
	if (anonymous && (body.password ?? '') === '') return signUpAnonymously(context, body);
	countSignIn(context);
	if ((body.password ?? '') === '') {
		throw new AuthError(400, 'validation_failed', 'Signup requires a valid password');
	}
	if ((body.email ?? '') === '') throw phoneDisabled('Phone signups are disabled');
	if (!config.email.enable_signup) {
		throw new AuthError(400, 'email_provider_disabled', 'Email signups are disabled');
	}
	return signUpByEmail(context, {
		email: checkEmail(body.email ?? ''),
		password: body.password ?? '',
		body
	});
}

async function signUpByEmail(
	context: AuthContext,
	{ email, password, body }: { email: string; password: string; body: SignUp }
): Promise<Response> {
	const { db, config } = context;
	checkStrength(password, config);
	const challenge = challengeOf(body);
	const known = await findByEmail(db, email);
	const confirms = config.email.enable_confirmations;
	const passwordHash = await hashPassword(password);
	if (known !== null && isConfirmed(known)) {
		if (!confirms) throw new AuthError(422, 'user_already_exists', 'User already registered');
		return Response.json(pretendedUser(email, body.data ?? {}));
	}
	// Whoever signed up before may be somebody else: their data stays as it is.
	const user =
		known ??
		(await db.transaction().execute((transaction) =>
			insertUser(transaction, {
				...newcomer(email, body.data ?? {}, !confirms),
				passwordHash
			})
		));
	if (confirms) {
		await mailLink(context, user, 'signup', challenge);
		const fresh = userJson(await userById(db, user.id));
		// What the inviting side wrote down is not for whoever knows the address.
		const hidden = user.invited_at === null ? {} : { user_metadata: {}, identities: [] };
		return Response.json({ ...fresh, ...hidden });
	}
	if (known !== null) throw new AuthError(422, 'user_already_exists', 'User already registered');
	return Response.json(await startSession(context, user, 'password'));
}

async function signUpAnonymously(context: AuthContext, { data }: SignUp): Promise<Response> {
	const { db, config, limiter, ip } = context;
	if (!config.enable_anonymous_sign_ins) {
		throw new AuthError(422, 'anonymous_provider_disabled', 'Anonymous sign-ins are disabled');
	}
	limiter.countRequest('anonymous', ip, config.rate_limit.anonymous_users, 3600);
	const user = await insertUser(db, { email: null, anonymous: true, userMetadata: data ?? {} });
	return Response.json(await startSession(context, user, 'anonymous'));
}

/** For sign-ins by mail of somebody who is new: without a password, as they never chose one. */
export function registerByMail(
	{ db, config }: AuthContext,
	email: string,
	data: Metadata
): Promise<UserRow> {
	return db
		.transaction()
		.execute((transaction) =>
			insertUser(transaction, newcomer(email, data, !config.email.enable_confirmations))
		);
}

export function refuseClosed({ config }: AuthContext): void {
	if (config.enable_signup) return;
	throw new AuthError(422, 'signup_disabled', 'Signups not allowed for this instance');
}

export function countSignIn({ limiter, ip, config }: AuthContext): void {
	limiter.countRequest('sign-in', ip, config.rate_limit.sign_in_sign_ups, 300);
}

export function phoneDisabled(message: string): AuthError {
	return new AuthError(400, 'phone_provider_disabled', message);
}

function newcomer(email: string, data: Metadata, confirmed: boolean): NewUser {
	const id = randomUUID();
	return { id, email, confirmed, userMetadata: signUpData(id, email, data, confirmed) };
}

/** What user_metadata holds of its own beside what the caller gave. */
function signUpData(sub: string, email: string, data: Metadata, confirmed: boolean): Metadata {
	return { ...data, sub, email, email_verified: confirmed, phone_verified: false };
}

/** Whether an address is registered is nobody's business: this looks like a new user. */
function pretendedUser(email: string, data: Metadata) {
	const now = new Date().toISOString();
	const id = randomUUID();
	return {
		...{ id, aud: 'authenticated', role: '', email, phone: '' },
		confirmation_sent_at: now,
		app_metadata: { provider: 'email', providers: ['email'] },
		user_metadata: signUpData(id, email, data, false),
		identities: [],
		...{ created_at: now, updated_at: now, is_anonymous: false }
	};
}

import { sql } from 'kysely';
import * as z from 'zod';
import { AuthError } from './auth-error.ts';
import { challengeFields, checkEmail, Metadata, parseBody } from './context.ts';
import type { AuthContext } from './context.ts';
import { applyEmailChange } from './email-change.ts';
import { challengeOf } from './flow-state.ts';
import { mailEmailChange, mailNonce } from './mails.ts';
import { isExpired, matches, tokenHash } from './one-time-tokens.ts';
import { checkStrength, hashPassword, passwordMatches } from './passwords.ts';
import { endSessions } from './sessions.ts';
import { phoneDisabled } from './sign-up.ts';
import type { SignedIn } from './signed-in.ts';
import { userJson } from './user-json.ts';
import { emailExists, findByEmail, updateMetadata, userById } from './users.ts';
import type { UserRow } from './users.ts';

const Change = z.looseObject({
	email: z.string().nullish(),
	phone: z.string().nullish(),
	password: z.string().nullish(),
	nonce: z.string().nullish(),
	data: Metadata.nullish(),
	app_metadata: z.unknown().optional(),
	...challengeFields
});
type Change = z.infer<typeof Change>;

const recentSignInMs = 24 * 3600 * 1000;

/** `PUT /user`. */
export async function updateOwnUser(context: AuthContext, me: SignedIn): Promise<Response> {
	const body = parseBody(context, Change);
	const { db } = context;
	const { user } = me;
	const email = (body.email ?? '') === '' ? null : checkEmail(body.email ?? '');
	const newEmail = email === user.email ? null : email;
	const password = body.password ?? null;
	if (password !== null) checkStrength(password, context.config);
	await refuseChange(context, me, { body, newEmail, password });
	if (password !== null) await changePassword(context, me, password, body.nonce ?? '');
	await updateMetadata(db, user, { user: body.data ?? undefined });
	if (newEmail !== null) await changeEmail(context, user, newEmail, body);
	return Response.json(userJson(await userById(db, user.id)));
}

/** `GET /reauthenticate`. */
export async function reauthenticate(context: AuthContext, { user }: SignedIn): Promise<Response> {
	if (user.email === null || user.email_confirmed_at === null) {
		throw new AuthError(422, 'email_not_confirmed', 'Please verify your email first.');
	}
	await mailNonce(context, user);
	return Response.json({});
}

async function refuseChange(
	{ db }: AuthContext,
	{ user, session }: SignedIn,
	change: { body: Change; newEmail: string | null; password: string | null }
): Promise<void> {
	const { body, newEmail, password } = change;
	if (body.app_metadata !== undefined) {
		throw new AuthError(403, 'not_admin', 'Updating app_metadata requires admin privileges');
	}
	const protectedByFactor = user.factors.some(({ status }) => status === 'verified');
	if (protectedByFactor && session?.aal !== 'aal2' && (newEmail !== null || password !== null)) {
		const message = 'AAL2 session is required to update email or password when MFA is enabled.';
		throw new AuthError(401, 'insufficient_aal', message);
	}
	if (user.is_anonymous && password !== null && newEmail === null && user.email === null) {
		throw new AuthError(
			422,
			'validation_failed',
			'Updating password of an anonymous user without an email or phone is not allowed'
		);
	}
	if ((body.phone ?? '') !== '' && body.phone !== user.phone) {
		throw phoneDisabled('Unsupported phone provider');
	}
	if (newEmail !== null && (await findByEmail(db, newEmail)) !== null) throw emailExists();
}

async function changePassword(
	context: AuthContext,
	{ user, session }: SignedIn,
	password: string,
	nonce: string
): Promise<void> {
	const { db, config } = context;
	const recent = session !== null && Date.parse(session.created_at) + recentSignInMs > Date.now();
	if (config.email.secure_password_change && !recent) checkNonce(context, user, nonce);
	const { encrypted_password: current } = user;
	if (current !== null && (await passwordMatches(password, current))) {
		const message = 'New password should be different from the old password.';
		throw new AuthError(422, 'same_password', message);
	}
	const hash = await hashPassword(password);
	await db.transaction().execute(async (transaction) => {
		await sql`
			update auth.users set encrypted_password = ${hash}, reauthentication_token = null,
				recovery_token = null, updated_at = now()
			where id = ${user.id}`.execute(transaction);
		await endSessions(transaction, user.id, 'others', session?.id ?? null);
	});
}

function checkNonce({ config }: AuthContext, user: UserRow, nonce: string): void {
	if (nonce === '') {
		const message = 'Password update requires reauthentication';
		throw new AuthError(400, 'reauthentication_needed', message);
	}
	const right = matches(user.reauthentication_token, tokenHash(user.email ?? '', nonce));
	if (right && !isExpired(user.reauthentication_sent_at, config.email.otp_expiry)) return;
	throw new AuthError(422, 'reauthentication_not_valid', 'Nonce has expired or is invalid');
}

async function changeEmail(
	context: AuthContext,
	user: UserRow,
	newEmail: string,
	body: Change
): Promise<void> {
	const { db, config } = context;
	// Like signing up: only somebody who has an address already must prove each new one.
	if (user.is_anonymous && !config.email.enable_confirmations) {
		await db.transaction().execute((transaction) => applyEmailChange(transaction, user, newEmail));
	} else await mailEmailChange(context, user, newEmail, challengeOf(body));
}

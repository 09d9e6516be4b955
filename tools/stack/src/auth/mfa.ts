import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { generateSecret, generateURI, verify } from 'otplib';
import { renderSVG } from 'uqr';
import * as z from 'zod';
import { AuthError } from './auth-error.ts';
import { isUuid, parseBody, rowOf } from './context.ts';
import type { AuthContext } from './context.ts';
import { addClaim, swapRefreshToken, tokensFor } from './sessions.ts';
import type { SessionRow } from './sessions.ts';
import type { SignedIn } from './signed-in.ts';
import type { FactorRow } from './users.ts';

const challengeSeconds = 300;
const verificationsPerMinute = 15;

const Enrolment = z.looseObject({
	factor_type: z.string().default(''),
	friendly_name: z.string().default(''),
	issuer: z.string().default('')
});

const Answer = z.looseObject({
	challenge_id: z.string().default(''),
	code: z.string().default('')
});

/** `POST /factors`. */
export async function enrollFactor(context: AuthContext, me: SignedIn): Promise<Response> {
	const body = parseBody(context, Enrolment);
	const { db, config, siteUrl } = context;
	refuseEnrolment(context, me, body);
	const { user } = me;
	await sql`
		delete from auth.mfa_factors where user_id = ${user.id} and status = 'unverified'
			and created_at < now() - make_interval(secs => ${challengeSeconds})`.execute(db);
	const name = body.friendly_name === '' ? null : body.friendly_name;
	if (user.factors.length >= config.mfa.max_enrolled_factors) throw tooManyFactors();
	if (name !== null && user.factors.some(({ friendly_name: other }) => other === name)) {
		const message = `A factor with the friendly name "${name}" for this user already exists`;
		throw new AuthError(422, 'mfa_factor_name_conflict', message);
	}
	const issuer = body.issuer === '' ? new URL(siteUrl).host : body.issuer;
	const secret = generateSecret({ length: 20 });
	const uri = generateURI({ issuer, label: user.email ?? user.id, secret });
	const id = randomUUID();
	await sql`
		insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, secret)
		values (${id}, ${user.id}, ${name}, 'totp', 'unverified', ${secret})`.execute(db);
	const totp = { qr_code: renderSVG(uri, { ecc: 'H' }), secret, uri };
	return Response.json({ id, type: 'totp', friendly_name: body.friendly_name, totp });
}

/** `POST /factors/:id/challenge`. */
export async function challengeFactor(
	{ db, ip }: AuthContext,
	me: SignedIn,
	id: string
): Promise<Response> {
	const factor = factorOf(me, id);
	const challenge = randomUUID();
	await sql`
		insert into auth.mfa_challenges (id, factor_id, ip_address)
		values (${challenge}, ${factor.id}, ${ip ?? '0.0.0.0'}::inet)`.execute(db);
	await sql`
		update auth.mfa_factors set last_challenged_at = clock_timestamp()
		where id = ${factor.id}`.execute(db);
	const expiresAt = Math.floor(Date.now() / 1000) + challengeSeconds;
	return Response.json({ id: challenge, type: factor.factor_type, expires_at: expiresAt });
}

/** `POST /factors/:id/verify`: the session becomes `aal2`. */
export async function verifyFactor(
	context: AuthContext,
	me: SignedIn,
	id: string
): Promise<Response> {
	const { config, limiter, ip } = context;
	const body = parseBody(context, Answer);
	const factor = factorOf(me, id);
	if (!config.mfa.totp.verify_enabled) {
		const message = 'MFA verification is disabled for TOTP';
		throw new AuthError(422, 'mfa_totp_verify_not_enabled', message);
	}
	// Always: six digits are guessed soon where one may try as often as one likes.
	limiter.countRequest(`mfa ${factor.id}`, ip, verificationsPerMinute, 60);
	await checkChallenge(context, factor, body.challenge_id);
	const secret = factor.secret ?? '';
	const right =
		/^\d{6}$/.test(body.code) &&
		(await verify({ secret, token: body.code, epochTolerance: 30 })).valid;
	if (!right) throw new AuthError(422, 'mfa_verification_failed', 'Invalid TOTP code entered');
	const session = requireSession(me);
	return Response.json(await raiseSession(context, session, factor, body.challenge_id));
}

/** `DELETE /factors/:id`. */
export async function unenrollFactor(
	{ db }: AuthContext,
	me: SignedIn,
	id: string
): Promise<Response> {
	const factor = factorOf(me, id);
	if (factor.status === 'verified' && me.session?.aal !== 'aal2') {
		throw new AuthError(422, 'insufficient_aal', 'AAL2 required to unenroll verified factor');
	}
	await db.transaction().execute(async (transaction) => {
		await sql`delete from auth.mfa_factors where id = ${factor.id}`.execute(transaction);
		await sql`
			delete from auth.mfa_amr_claims where authentication_method = 'totp' and session_id in (
				select id from auth.sessions where factor_id = ${factor.id})`.execute(transaction);
		await sql`
			update auth.sessions set aal = 'aal1', factor_id = null, updated_at = now()
			where factor_id = ${factor.id}`.execute(transaction);
	});
	return Response.json({ id: factor.id });
}

function refuseEnrolment(
	{ config }: AuthContext,
	{ user, session }: SignedIn,
	{ factor_type: type }: z.infer<typeof Enrolment>
): void {
	if (type === 'phone' || type === 'webauthn') {
		const name = type === 'phone' ? 'Phone' : 'WebAuthn';
		const code = `mfa_${type === 'phone' ? 'phone' : 'web_authn'}_enroll_not_enabled`;
		throw new AuthError(422, code, `MFA enroll is disabled for ${name}`);
	}
	if (type !== 'totp') {
		const message = 'factor_type needs to be totp, phone, or webauthn';
		throw new AuthError(400, 'validation_failed', message);
	}
	if (!config.mfa.totp.enroll_enabled) {
		const message = 'MFA enroll is disabled for TOTP';
		throw new AuthError(422, 'mfa_totp_enroll_not_enabled', message);
	}
	if (user.factors.some(({ status }) => status === 'verified') && session?.aal !== 'aal2') {
		throw new AuthError(403, 'insufficient_aal', 'AAL2 required to enroll a new factor');
	}
}

function factorOf({ user }: SignedIn, id: string): FactorRow {
	if (!isUuid(id)) throw new AuthError(404, 'validation_failed', 'factor_id must be an UUID');
	const factor = user.factors.find((own) => own.id === id);
	if (factor === undefined) throw new AuthError(404, 'mfa_factor_not_found', 'Factor not found');
	return factor;
}

async function checkChallenge(
	{ db, ip }: AuthContext,
	factor: FactorRow,
	id: string
): Promise<void> {
	const challenge = isUuid(id)
		? await rowOf<{ verified: boolean; same_address: boolean; expired: boolean }>(
				db,
				sql`
					select verified_at is not null as verified,
						ip_address = ${ip ?? '0.0.0.0'}::inet as same_address,
						created_at < clock_timestamp() - make_interval(secs => ${challengeSeconds}) as expired
					from auth.mfa_challenges where id = ${id} and factor_id = ${factor.id}`
			)
		: null;
	if (challenge === null) {
		const message = 'MFA factor with the provided challenge ID not found';
		throw new AuthError(422, 'mfa_factor_not_found', message);
	}
	if (challenge.verified || !challenge.same_address) {
		const message = 'Challenge and verify IP addresses mismatch.';
		throw new AuthError(422, 'mfa_ip_address_mismatch', message);
	}
	if (!challenge.expired) return;
	await sql`delete from auth.mfa_challenges where id = ${id}`.execute(db);
	throw new AuthError(
		422,
		'mfa_challenge_expired',
		`MFA challenge ${id} has expired, verify against another challenge or create a new challenge.`
	);
}

function requireSession({ session }: SignedIn): SessionRow {
	if (session !== null) return session;
	throw new AuthError(403, 'session_not_found', 'A session is required to verify a factor');
}

/** The same session with a new token; the user's sessions without a second factor end. */
async function raiseSession(
	context: AuthContext,
	session: SessionRow,
	factor: FactorRow,
	challengeId: string
) {
	const refreshToken = await context.db.transaction().execute(async (db) => {
		const won = await rowOf(
			db,
			sql`
				update auth.mfa_challenges set verified_at = now()
				where id = ${challengeId} and verified_at is null returning id`
		);
		if (won === null) {
			throw new AuthError(422, 'mfa_verification_failed', 'Invalid TOTP code entered');
		}
		await sql`
			update auth.mfa_factors set status = 'verified', updated_at = now()
			where id = ${factor.id}`.execute(db);
		await sql`
			update auth.sessions set aal = 'aal2', factor_id = ${factor.id}, updated_at = now()
			where id = ${session.id}`.execute(db);
		await addClaim(db, session.id, 'totp');
		await sql`
			delete from auth.sessions where user_id = ${session.user_id} and aal is distinct from 'aal2'`.execute(
			db
		);
		await sql`
			delete from auth.mfa_factors where user_id = ${session.user_id} and status = 'unverified'
				and factor_type = 'totp'`.execute(db);
		return swapRefreshToken(db, session, null);
	});
	return tokensFor(context, session.id, refreshToken);
}

function tooManyFactors(): AuthError {
	const message = 'Maximum number of verified factors reached, unenroll to continue';
	return new AuthError(422, 'too_many_enrolled_mfa_factors', message);
}

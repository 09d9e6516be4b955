import { sql } from 'kysely';
import type { Database } from '../api/database-context.ts';
import { AuthError } from './auth-error.ts';
import type { AuthContext } from './context.ts';
import { mailLink } from './mails.ts';
import type { Profile } from './oidc.ts';
import { refuseClosed } from './sign-up.ts';
import {
	confirmUser,
	findByEmail,
	findUser,
	insertUser,
	isConfirmed,
	updateMetadata,
	updateProviders,
	userById
} from './users.ts';
import type { UserRow } from './users.ts';

/** The user whom a provider's profile belongs to: known, linked by a proved address, or new. */
export async function accountFor(context: AuthContext, profile: Profile): Promise<UserRow> {
	const user = await context.db.transaction().execute((db) => decide({ ...context, db }, profile));
	if (isConfirmed(user) || user.email === null) return user;
	await mailLink(context, user, 'signup');
	throw unverified(profile, ' A confirmation email has been sent to your account.');
}

/** A provider's identity of a user; the caller has made sure that nobody has it. */
export async function insertIdentity(
	db: Database,
	userId: string,
	{ provider, subject, data }: Profile
): Promise<void> {
	await sql`
		insert into auth.identities (id, provider, provider_id, user_id, identity_data, last_sign_in_at)
		values (gen_random_uuid(), ${provider}, ${subject}, ${userId}, ${JSON.stringify(data)}, now())
	`.execute(db);
	await updateProviders(db, userId);
}

export function findByIdentity(
	db: Database,
	{ provider, subject }: Profile
): Promise<UserRow | null> {
	return findUser(
		db,
		sql`u.id = (select user_id from auth.identities
			where provider = ${provider} and provider_id = ${subject})`
	);
}

async function decide(context: AuthContext, profile: Profile): Promise<UserRow> {
	const { db } = context;
	const known = await findByIdentity(db, profile);
	if (known !== null) return welcomeBack(db, known, profile);
	const owner = profile.email === null ? null : await findByEmail(db, profile.email);
	if (owner === null) return register(context, profile);
	// Anybody could have written this address into their account there.
	if (!profile.emailVerified) throw unverified(profile, '');
	return join(db, owner, profile);
}

async function welcomeBack(db: Database, user: UserRow, profile: Profile): Promise<UserRow> {
	await sql`
		update auth.identities set identity_data = ${JSON.stringify(profile.data)}::jsonb,
			last_sign_in_at = now(), updated_at = now()
		where provider = ${profile.provider} and provider_id = ${profile.subject}`.execute(db);
	await updateMetadata(db, user, { user: profile.data });
	if (profile.emailVerified && profile.email === user.email) await confirmUser(db, user);
	return userById(db, user.id);
}

async function join(db: Database, user: UserRow, profile: Profile): Promise<UserRow> {
	if (!isConfirmed(user)) await forgetUnproved(db, user);
	await insertIdentity(db, user.id, profile);
	await updateMetadata(db, await userById(db, user.id), { user: profile.data });
	await confirmUser(db, user);
	return userById(db, user.id);
}

async function register(context: AuthContext, profile: Profile): Promise<UserRow> {
	const { db, config } = context;
	refuseClosed(context);
	const { email, provider, data } = profile;
	const confirmed = email !== null && (profile.emailVerified || !config.email.enable_confirmations);
	const user = await insertUser(db, { email, provider, confirmed, userMetadata: data });
	await insertIdentity(db, user.id, profile);
	return userById(db, user.id);
}

/**
 * Somebody signed up with this address and never proved it: their password would be a back door
 * into the account of its owner.
 */
async function forgetUnproved(db: Database, user: UserRow): Promise<void> {
	await sql`
		delete from auth.identities where user_id = ${user.id} and provider = 'email'`.execute(db);
	await sql`
		update auth.users set encrypted_password = null, phone = null, raw_user_meta_data = '{}'
		where id = ${user.id}`.execute(db);
}

function unverified({ provider }: Profile, hint: string): AuthError {
	return new AuthError(
		422,
		'provider_email_needs_verification',
		`Unverified email with ${provider}.${hint}`
	);
}

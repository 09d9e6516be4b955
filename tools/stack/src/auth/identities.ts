import { sql } from 'kysely';
import { AuthError } from './auth-error.ts';
import { isUuid } from './context.ts';
import type { AuthContext } from './context.ts';
import { findByIdentity, insertIdentity } from './external-account.ts';
import { requireManualLinking } from './external.ts';
import type { Profile } from './oidc.ts';
import type { SignedIn } from './signed-in.ts';
import { findByEmail, updateMetadata, updateProviders, userById } from './users.ts';
import type { UserRow } from './users.ts';

/** A further way in for somebody who is signed in. */
export async function linkIdentity(
	context: AuthContext,
	userId: string,
	profile: Profile
): Promise<UserRow> {
	return context.db.transaction().execute(async (db) => {
		const owner = await findByIdentity(db, profile);
		if (owner !== null) {
			const message =
				owner.id === userId
					? 'Identity is already linked'
					: 'Identity is already linked to another user';
			throw new AuthError(422, 'identity_already_exists', message);
		}
		const user = await userById(db, userId);
		await insertIdentity(db, userId, profile);
		await updateMetadata(db, await userById(db, userId), { user: profile.data });
		const adopts = user.email === null && profile.emailVerified && profile.email !== null;
		if (adopts && (await findByEmail(db, profile.email ?? '')) === null) {
			await sql`
				update auth.users set email = ${profile.email}, email_confirmed_at = now()
				where id = ${userId}`.execute(db);
		}
		await sql`
			update auth.users set is_anonymous = false, updated_at = now()
			where id = ${userId}`.execute(db);
		return userById(db, userId);
	});
}

/** `DELETE /user/identities/:id`. */
export async function unlinkIdentity(
	context: AuthContext,
	{ user }: SignedIn,
	id: string
): Promise<Response> {
	requireManualLinking(context);
	if (!isUuid(id)) {
		throw new AuthError(404, 'validation_failed', 'identity_id must be an UUID');
	}
	if (user.identities.length <= 1) {
		throw new AuthError(
			422,
			'single_identity_not_deletable',
			'User must have at least 1 identity after unlinking'
		);
	}
	if (!user.identities.some((identity) => identity.id === id)) {
		throw new AuthError(404, 'identity_not_found', "Identity doesn't exist");
	}
	await context.db.transaction().execute(async (db) => {
		await sql`delete from auth.identities where id = ${id}`.execute(db);
		await updateProviders(db, user.id);
	});
	return Response.json({});
}

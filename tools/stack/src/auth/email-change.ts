import { sql } from 'kysely';
import type { Database } from '../api/database-context.ts';
import type { AuthContext } from './context.ts';
import { addEmailIdentity, emailExists, findByEmail, updateProviders, userById } from './users.ts';
import type { UserRow } from './users.ts';

/** One of the two addresses agreed; null as long as the other must too. */
export async function confirmEmailChange(
	db: Database,
	{ config }: AuthContext,
	user: UserRow,
	token: string
): Promise<UserRow | null> {
	const both = config.email.double_confirm_changes && user.email !== null;
	if (both && user.email_change_confirm_status === 0) {
		await sql`
			update auth.users set email_change_confirm_status = 1,
				email_change_token_current = nullif(email_change_token_current, ${token}),
				email_change_token_new = nullif(email_change_token_new, ${token})
			where id = ${user.id}`.execute(db);
		return null;
	}
	await applyEmailChange(db, user, user.email_change ?? '');
	return userById(db, user.id);
}

export async function applyEmailChange(db: Database, user: UserRow, email: string): Promise<void> {
	const owner = await findByEmail(db, email);
	// Somebody else may have registered it while the mails were under way.
	if (owner !== null && owner.id !== user.id) throw emailExists();
	await sql`
		update auth.users set email = ${email}, email_change = null, email_change_token_new = null,
			email_change_token_current = null, email_change_confirm_status = 0,
			email_confirmed_at = coalesce(email_confirmed_at, now()), is_anonymous = false,
			raw_user_meta_data = case when raw_user_meta_data ? 'email'
				then raw_user_meta_data || ${JSON.stringify({ email, email_verified: true })}::jsonb
				else raw_user_meta_data end,
			updated_at = now()
		where id = ${user.id}`.execute(db);
	const own = user.identities.find(({ provider }) => provider === 'email');
	// Somebody who signs in with a provider alone gets no second way in by changing the address.
	if (own === undefined && user.identities.length > 0) return;
	await addEmailIdentity(db, user.id, email, { confirmed: true });
	await updateProviders(db, user.id);
}

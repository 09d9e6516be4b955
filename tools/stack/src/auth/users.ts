import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Database } from '../api/database-context.ts';
import { AuthError } from './auth-error.ts';
import { rowOf } from './context.ts';
import type { Metadata } from './context.ts';

export type IdentityRow = {
	id: string;
	provider: string;
	provider_id: string;
	user_id: string;
	identity_data: Metadata;
	email: string | null;
	last_sign_in_at: string | null;
	created_at: string;
	updated_at: string;
};

export type FactorRow = {
	id: string;
	user_id: string;
	friendly_name: string | null;
	factor_type: string;
	status: 'verified' | 'unverified';
	secret: string | null;
	last_challenged_at: string | null;
	created_at: string;
	updated_at: string;
};

/** A row of auth.users with what hangs on it. */
export type UserRow = {
	id: string;
	aud: string;
	role: string;
	email: string | null;
	phone: string | null;
	encrypted_password: string | null;
	email_confirmed_at: string | null;
	phone_confirmed_at: string | null;
	confirmed_at: string | null;
	invited_at: string | null;
	confirmation_token: string | null;
	confirmation_sent_at: string | null;
	recovery_token: string | null;
	recovery_sent_at: string | null;
	email_change: string | null;
	email_change_token_new: string | null;
	email_change_token_current: string | null;
	email_change_sent_at: string | null;
	email_change_confirm_status: number;
	reauthentication_token: string | null;
	reauthentication_sent_at: string | null;
	raw_app_meta_data: Metadata | null;
	raw_user_meta_data: Metadata | null;
	banned_until: string | null;
	deleted_at: string | null;
	is_anonymous: boolean;
	last_sign_in_at: string | null;
	created_at: string;
	updated_at: string;
	identities: IdentityRow[];
	factors: FactorRow[];
};

export type NewUser = {
	id?: string | undefined;
	email: string | null;
	phone?: string | null;
	role?: string | undefined;
	passwordHash?: string | null;
	confirmed?: boolean;
	phoneConfirmed?: boolean;
	invited?: boolean;
	anonymous?: boolean;
	provider?: string;
	appMetadata?: Metadata;
	userMetadata: Metadata;
};

export function findUser(db: Database, where: RawBuilder<unknown>): Promise<UserRow | null> {
	return rowOf<UserRow>(
		db,
		sql`
			select u.*,
				coalesce((select json_agg(i order by i.created_at, i.id) from auth.identities i
					where i.user_id = u.id), '[]') as identities,
				coalesce((select json_agg(f order by f.created_at, f.id) from auth.mfa_factors f
					where f.user_id = u.id), '[]') as factors
			from auth.users u
			where ${where}`
	);
}

export async function userById(db: Database, id: string): Promise<UserRow> {
	const user = await findUser(db, sql`u.id = ${id}`);
	if (user === null) throw new AuthError(404, 'user_not_found', 'User not found');
	return user;
}

export function findByEmail(db: Database, email: string): Promise<UserRow | null> {
	return findUser(db, sql`u.email = ${email} and not u.is_sso_user`);
}

/** The user with the identity that its address or its provider gives. */
export async function insertUser(db: Database, user: NewUser): Promise<UserRow> {
	const id = user.id ?? randomUUID();
	const { provider = user.email === null ? undefined : 'email' } = user;
	const appMetadata = {
		...(provider !== undefined && { provider, providers: [provider] }),
		...user.appMetadata
	};
	await sql`
		insert into auth.users (id, aud, role, email, phone, encrypted_password, email_confirmed_at,
			phone_confirmed_at, invited_at, is_anonymous, raw_app_meta_data, raw_user_meta_data)
		values (${id}, 'authenticated', ${user.role ?? 'authenticated'}, ${user.email},
			${user.phone ?? null}, ${user.passwordHash ?? null},
			case when ${user.confirmed === true} then now() end,
			case when ${user.phoneConfirmed === true} then now() end,
			case when ${user.invited === true} then now() end, ${user.anonymous === true},
			${JSON.stringify(appMetadata)}, ${JSON.stringify(user.userMetadata)})`.execute(db);
	if (user.email !== null && provider === 'email') {
		await addEmailIdentity(db, id, user.email, user);
	}
	return userById(db, id);
}

export async function addEmailIdentity(
	db: Database,
	userId: string,
	email: string,
	{ confirmed = false, userMetadata = {} }: { confirmed?: boolean; userMetadata?: Metadata } = {}
): Promise<void> {
	const data = {
		...userMetadata,
		sub: userId,
		email,
		email_verified: confirmed,
		phone_verified: false
	};
	await sql`
		insert into auth.identities (id, provider, provider_id, user_id, identity_data, last_sign_in_at)
		values (gen_random_uuid(), 'email', ${userId}, ${userId}, ${JSON.stringify(data)}, now())
		on conflict (provider, provider_id) do update
			set identity_data = excluded.identity_data, updated_at = now()`.execute(db);
}

/** The address is proved: by a mail, a provider or an admin. */
export async function confirmUser(db: Database, user: UserRow): Promise<void> {
	await sql`
		update auth.users set
			email_confirmed_at = coalesce(email_confirmed_at, now()),
			is_anonymous = false, confirmation_token = null, updated_at = now()
		where id = ${user.id}`.execute(db);
	await sql`
		update auth.identities set identity_data = identity_data || '{"email_verified": true}'
		where user_id = ${user.id} and provider = 'email'`.execute(db);
}

export async function updateMetadata(
	db: Database,
	user: UserRow,
	{ app, user: own }: { app?: Metadata | undefined; user?: Metadata | undefined }
): Promise<void> {
	if (app === undefined && own === undefined) return;
	await sql`
		update auth.users set
			raw_app_meta_data = ${merged(user.raw_app_meta_data, app)},
			raw_user_meta_data = ${merged(user.raw_user_meta_data, own)}, updated_at = now()
		where id = ${user.id}`.execute(db);
}

/** `app_metadata.providers` follows the identities. */
export async function updateProviders(db: Database, userId: string): Promise<void> {
	const user = await userById(db, userId);
	const providers = [...new Set(user.identities.map(({ provider }) => provider))];
	const { provider: first } = (user.raw_app_meta_data ?? {}) as { provider?: string };
	const provider = first !== undefined && providers.includes(first) ? first : providers[0];
	await updateMetadata(db, user, { app: { provider: provider ?? null, providers } });
}

export function isBanned({ banned_until: until }: UserRow): boolean {
	return until !== null && Date.parse(until) > Date.now();
}

export function isConfirmed(user: UserRow): boolean {
	return user.email_confirmed_at !== null || user.phone_confirmed_at !== null;
}

export function emailExists(): AuthError {
	return new AuthError(
		422,
		'email_exists',
		'A user with this email address has already been registered'
	);
}

/** A key set to null is removed. */
function merged(current: Metadata | null, change: Metadata | undefined): string {
	const entries = Object.entries({ ...current, ...change });
	const kept = change === undefined ? entries : entries.filter(([, value]) => value !== null);
	return JSON.stringify(Object.fromEntries(kept));
}

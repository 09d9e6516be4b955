import type { FactorRow, IdentityRow, UserRow } from './users.ts';

export type UserJson = Record<string, unknown> & { id: string };

/** A user as Auth shows it: fields without a value are left out, as Go does. */
export function userJson(user: UserRow): UserJson {
	return withoutEmpty({
		id: user.id,
		aud: user.aud,
		role: user.role,
		email: user.email ?? '',
		email_confirmed_at: user.email_confirmed_at,
		invited_at: user.invited_at,
		phone: user.phone ?? '',
		phone_confirmed_at: user.phone_confirmed_at,
		confirmation_sent_at: user.confirmation_sent_at,
		confirmed_at: user.confirmed_at,
		recovery_sent_at: user.recovery_sent_at,
		new_email: user.email_change === '' ? null : user.email_change,
		email_change_sent_at: user.email_change_sent_at,
		reauthentication_sent_at: user.reauthentication_sent_at,
		last_sign_in_at: user.last_sign_in_at,
		app_metadata: user.raw_app_meta_data ?? {},
		user_metadata: user.raw_user_meta_data ?? {},
		factors: user.factors.length === 0 ? null : user.factors.map(factorJson),
		identities: user.identities.map(identityJson),
		created_at: user.created_at,
		updated_at: user.updated_at,
		banned_until: user.banned_until,
		deleted_at: user.deleted_at,
		is_anonymous: user.is_anonymous
	});
}

export function identityJson(identity: IdentityRow) {
	return {
		identity_id: identity.id,
		id: identity.provider_id,
		user_id: identity.user_id,
		identity_data: identity.identity_data,
		provider: identity.provider,
		last_sign_in_at: identity.last_sign_in_at,
		created_at: identity.created_at,
		updated_at: identity.updated_at,
		...(identity.email !== null && { email: identity.email })
	};
}

/** Never the secret. */
export function factorJson(factor: FactorRow) {
	return {
		id: factor.id,
		created_at: factor.created_at,
		updated_at: factor.updated_at,
		status: factor.status,
		...(factor.friendly_name !== null && { friendly_name: factor.friendly_name }),
		factor_type: factor.factor_type,
		...(factor.last_challenged_at !== null && { last_challenged_at: factor.last_challenged_at })
	};
}

function withoutEmpty(fields: UserJson): UserJson {
	const set = Object.entries(fields).filter(([, value]) => value !== null);
	return Object.fromEntries(set) as UserJson;
}

import { sql } from 'kysely';
import * as z from 'zod';
import type { Database } from '../api/database-context.ts';
import { AuthError } from './auth-error.ts';
import { checkEmail, isUuid, Metadata, parseBody, rowOf, rowsOf } from './context.ts';
import type { AuthContext } from './context.ts';
import { hashPassword } from './passwords.ts';
import { factorJson, userJson } from './user-json.ts';
import {
	addEmailIdentity,
	emailExists,
	findByEmail,
	findUser,
	insertUser,
	updateMetadata,
	updateProviders,
	userById
} from './users.ts';
import type { UserRow } from './users.ts';

const UserAttributes = z.looseObject({
	id: z.uuid().optional(),
	email: z.string().nullish(),
	phone: z.string().nullish(),
	password: z.string().nullish(),
	password_hash: z.string().nullish(),
	email_confirm: z.boolean().optional(),
	phone_confirm: z.boolean().optional(),
	role: z.string().optional(),
	ban_duration: z.string().optional(),
	app_metadata: Metadata.nullish(),
	user_metadata: Metadata.nullish()
});
type UserAttributes = z.infer<typeof UserAttributes>;

const Deletion = z.object({ should_soft_delete: z.boolean().default(false) });

export async function createUser(context: AuthContext): Promise<Response> {
	const attributes = parseBody(context, UserAttributes);
	const email = emailOf(attributes);
	const phone = phoneOf(attributes);
	if (email === null && phone === null) {
		const message = 'Cannot create a user without either an email or phone';
		throw new AuthError(400, 'validation_failed', message);
	}
	if (email !== null && (await findByEmail(context.db, email)) !== null) throw emailExists();
	if (phone !== null) await refuseTakenPhone(context.db, phone);
	const passwordHash = await passwordHashOf(attributes);
	const user = await context.db.transaction().execute(async (db) => {
		const created = await insertUser(db, {
			...{ id: attributes.id, email, phone, role: attributes.role, passwordHash },
			confirmed: attributes.email_confirm === true,
			phoneConfirmed: attributes.phone_confirm === true,
			appMetadata: attributes.app_metadata ?? {},
			userMetadata: attributes.user_metadata ?? {}
		});
		await ban(db, created.id, attributes.ban_duration);
		return userById(db, created.id);
	});
	return Response.json(userJson(user));
}

export async function listUsers({ db, url }: AuthContext): Promise<Response> {
	const page = positive(url.searchParams.get('page'), 1);
	const perPage = Math.min(1000, positive(url.searchParams.get('per_page'), 50));
	const [count] = await rowsOf<{ total: number }>(
		db,
		sql`select count(*)::int as total from auth.users`
	);
	const total = count?.total ?? 0;
	const ids = await rowsOf<{ id: string }>(
		db,
		sql`
			select id from auth.users order by created_at desc, id
			limit ${perPage} offset ${(page - 1) * perPage}`
	);
	const users = await Promise.all(ids.map(({ id }) => findUser(db, sql`u.id = ${id}`)));
	const lastPage = Math.max(1, Math.ceil(total / perPage));
	const link = (target: number, rel: string) =>
		`</admin/users?page=${target}&per_page=${perPage}>; rel="${rel}"`;
	const links = [...(page < lastPage ? [link(page + 1, 'next')] : []), link(lastPage, 'last')];
	return Response.json(
		{ users: users.filter((user) => user !== null).map(userJson), aud: 'authenticated' },
		{ headers: { 'x-total-count': String(total), link: links.join(', ') } }
	);
}

export async function readUser({ db }: AuthContext, id: string): Promise<Response> {
	return Response.json(userJson(await known(db, id)));
}

export async function updateUser(context: AuthContext, id: string): Promise<Response> {
	const { db } = context;
	const attributes = parseBody(context, UserAttributes);
	const current = await known(db, id);
	const email = emailOf(attributes);
	const phone = phoneOf(attributes);
	if (email !== null && email !== current.email && (await findByEmail(db, email)) !== null) {
		throw emailExists();
	}
	if (phone !== null && phone !== current.phone) await refuseTakenPhone(db, phone);
	const password = await passwordHashOf(attributes);
	const confirm = attributes.email_confirm === true || email !== null;
	await db.transaction().execute(async (transaction) => {
		await sql`
			update auth.users set
				email = coalesce(${email}, email), phone = coalesce(${phone}, phone),
				role = coalesce(${attributes.role ?? null}, role),
				encrypted_password = coalesce(${password}, encrypted_password),
				email_confirmed_at = case when ${confirm} then coalesce(email_confirmed_at, now())
					else email_confirmed_at end,
				phone_confirmed_at = case when ${attributes.phone_confirm === true}
					then coalesce(phone_confirmed_at, now()) else phone_confirmed_at end,
				is_anonymous = is_anonymous and ${email === null && phone === null}, updated_at = now()
			where id = ${id}`.execute(transaction);
		const { app_metadata: app, user_metadata: own } = attributes;
		await updateMetadata(transaction, current, { app: app ?? undefined, user: own ?? undefined });
		await ban(transaction, id, attributes.ban_duration);
		if (email !== null) await addEmailIdentity(transaction, id, email, { confirmed: true });
		if (email !== null && current.email === null) await updateProviders(transaction, id);
	});
	return Response.json(userJson(await userById(db, id)));
}

export async function deleteUser(context: AuthContext, id: string): Promise<Response> {
	const { db } = context;
	// supabase-js sends a body, others need not.
	const body = context.body ?? {};
	const { should_soft_delete: soft } = parseBody({ ...context, body }, Deletion);
	const user = await known(db, id);
	if (soft) await db.transaction().execute((transaction) => hide(transaction, user));
	else await sql`delete from auth.users where id = ${id}`.execute(db);
	return Response.json({});
}

export async function listFactors({ db }: AuthContext, id: string): Promise<Response> {
	return Response.json((await known(db, id)).factors.map(factorJson));
}

export async function deleteFactor(
	{ db }: AuthContext,
	id: string,
	factorId: string
): Promise<Response> {
	const factor = (await known(db, id)).factors.find((own) => own.id === factorId);
	if (factor === undefined) throw new AuthError(404, 'mfa_factor_not_found', 'Factor not found');
	await sql`delete from auth.mfa_factors where id = ${factor.id}`.execute(db);
	return Response.json(factorJson(factor));
}

/** Whoever is gone cannot be told from others any more, but rows may still refer to the id. */
async function hide(db: Database, { id }: UserRow): Promise<void> {
	await sql`
		update auth.users set deleted_at = now(), email = null, phone = null, email_change = null,
			encrypted_password = null, raw_user_meta_data = '{}', raw_app_meta_data = '{}',
			confirmation_token = null, recovery_token = null, updated_at = now()
		where id = ${id}`.execute(db);
	await sql`delete from auth.identities where user_id = ${id}`.execute(db);
	await sql`delete from auth.sessions where user_id = ${id}`.execute(db);
	await sql`delete from auth.mfa_factors where user_id = ${id}`.execute(db);
}

async function ban(db: Database, id: string, duration: string | undefined): Promise<void> {
	if (duration === undefined) return;
	if (duration !== 'none' && !/^(\d+(\.\d+)?(h|m|s))+$/.test(duration)) {
		throw new AuthError(400, 'validation_failed', `invalid format for ban duration: ${duration}`);
	}
	const interval = duration === 'none' ? null : duration.replace(/m(?!s)/g, 'min');
	await sql`
		update auth.users set banned_until = now() + ${interval}::interval where id = ${id}`.execute(db);
}

async function known(db: Database, id: string): Promise<UserRow> {
	if (!isUuid(id)) throw new AuthError(404, 'validation_failed', 'user_id must be an UUID');
	return userById(db, id);
}

async function refuseTakenPhone(db: Database, phone: string): Promise<void> {
	if ((await rowOf(db, sql`select id from auth.users where phone = ${phone}`)) === null) return;
	const message = 'Phone number already registered by another user';
	throw new AuthError(422, 'phone_exists', message);
}

function emailOf({ email }: UserAttributes): string | null {
	return (email ?? '') === '' ? null : checkEmail(email ?? '');
}

/** Kept without the plus. */
function phoneOf({ phone }: UserAttributes): string | null {
	if ((phone ?? '') === '') return null;
	const digits = (phone ?? '').replace(/^\+/, '');
	if (/^[1-9]\d{1,14}$/.test(digits)) return digits;
	const message = 'Invalid phone number format (E.164 required)';
	throw new AuthError(400, 'validation_failed', message);
}

async function passwordHashOf(attributes: UserAttributes): Promise<string | null> {
	const { password, password_hash: hash } = attributes;
	if ((hash ?? '') !== '') return hash ?? null;
	return (password ?? '') === '' ? null : hashPassword(password ?? '');
}

function positive(text: string | null, fallback: number): number {
	const number = Math.floor(Number(text));
	return number >= 1 ? number : fallback;
}

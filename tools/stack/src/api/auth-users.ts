import { createHash, randomInt, randomUUID } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { sql } from 'kysely';
import * as z from 'zod';
import { AuthError } from './auth-error.ts';
import type { OnMail } from './auth-mail.ts';
import { internalsOf } from './auth-service.ts';
import type { AuthService, AuthUser, AuthUserRow } from './auth-service.ts';
import type { Database } from './database-context.ts';

export type AdminContext = {
	service: AuthService;
	db: Database;
	publicUrl: string;
	onMail: OnMail;
};

export const Email = z.email().toLowerCase();
export const Password = z.string().min(6).max(72);
export const Metadata = z.record(z.string(), z.unknown());
type Metadata = z.infer<typeof Metadata>;

export type NewUser = {
	id?: string | undefined;
	email: string | null;
	phone?: string | null;
	role?: string;
	password?: string | undefined;
	confirmed?: boolean;
	invited?: boolean;
	appMetadata?: Metadata;
	userMetadata: Metadata;
};

export async function insertUser(user: NewUser, { db }: AdminContext): Promise<string> {
	const id = user.id ?? randomUUID();
	const now = new Date().toISOString();
	const password = await hashPassword(user.password);
	const appMetadata = { provider: 'email', providers: ['email'], ...user.appMetadata };
	await db.transaction().execute(async (transaction) => {
		await sql`
			insert into auth.users (id, aud, role, email, phone, encrypted_password, email_confirmed_at,
				invited_at, raw_app_meta_data, raw_user_meta_data)
			values (${id}, 'authenticated', ${user.role ?? 'authenticated'}, ${user.email},
				${user.phone ?? null}, ${password}, ${user.confirmed === true ? now : null},
				${user.invited === true ? now : null}, ${JSON.stringify(appMetadata)},
				${JSON.stringify(user.userMetadata)})`.execute(transaction);
		if (user.email !== null) {
			await addEmailIdentity(transaction, id, user.email, user.confirmed === true);
		}
	});
	return id;
}

export async function addEmailIdentity(
	db: Database,
	userId: string,
	email: string,
	verified: boolean
): Promise<void> {
	const data = { sub: userId, email, email_verified: verified, phone_verified: false };
	await sql`
		insert into auth.identities (id, provider, provider_id, user_id, identity_data)
		values (gen_random_uuid(), 'email', ${userId}, ${userId}, ${JSON.stringify(data)})`.execute(db);
}

export async function findUser(id: string, { service, db }: AdminContext): Promise<AuthUser> {
	const { rows } = await sql<AuthUserRow>`select * from auth.users where id = ${id}`.execute(db);
	const [row] = rows;
	if (row === undefined) throw new AuthError(404, 'user_not_found', 'User not found');
	const identities = await service.repo.findIdentitiesByUserId(id);
	return internalsOf(service).mapUserToResponse(row, identities, 'user');
}

export async function findByEmail(
	email: string,
	{ db }: AdminContext
): Promise<{ id: string; confirmed: boolean } | null> {
	const { rows } = await sql<{ id: string; confirmed: boolean }>`
		select id, email_confirmed_at is not null as confirmed from auth.users
		where email = ${email} and not is_sso_user`.execute(db);
	return rows[0] ?? null;
}

export async function refuseTaken(email: string, context: AdminContext): Promise<void> {
	if ((await findByEmail(email, context)) !== null) throw emailExists();
}

export function emailExists(): AuthError {
	return new AuthError(
		422,
		'email_exists',
		'A user with this email address has already been registered'
	);
}

/** A one-time token in lite's form: a code, and a hash of address and code as the link's token. */
export async function mintToken(
	userId: string,
	email: string,
	purpose: 'confirmation' | 'recovery',
	{ db }: AdminContext
): Promise<{ hash: string; code: string }> {
	const code = String(randomInt(1_000_000)).padStart(6, '0');
	const hash = createHash('sha256')
		.update(email + code)
		.digest('hex');
	await db
		.withSchema('auth')
		.updateTable('users')
		.set({ [`${purpose}_token`]: hash, [`${purpose}_sent_at`]: new Date().toISOString() })
		.where('id', '=', userId)
		.execute();
	return { hash, code };
}

export async function banUser(db: Database, id: string, duration: string): Promise<void> {
	if (duration === 'none') {
		await sql`update auth.users set banned_until = null where id = ${id}`.execute(db);
		return;
	}
	if (!/^(\d+h)?(\d+m)?(\d+s)?$/.test(duration) || duration === '') {
		throw new AuthError(400, 'validation_failed', `invalid format for ban duration: ${duration}`);
	}
	await sql`
		update auth.users set banned_until = now() + ${duration}::interval where id = ${id}`.execute(db);
	await sql`delete from auth.sessions where user_id = ${id}`.execute(db);
}

export async function hashPassword(password: string | undefined): Promise<string | null> {
	return password === undefined ? null : bcrypt.hash(password, 10);
}

/** A key set to null is removed. */
export function mergeMetadata(current: Metadata, change: Metadata | undefined): string {
	const merged = Object.entries({ ...current, ...change }).filter(([, value]) => value !== null);
	return JSON.stringify(Object.fromEntries(merged));
}

export async function parseBody<Schema extends z.ZodType>(
	request: Request,
	schema: Schema
): Promise<z.infer<Schema>> {
	const text = await request.text();
	try {
		return schema.parse(text === '' ? {} : JSON.parse(text));
	} catch (error) {
		if (error instanceof SyntaxError) {
			throw new AuthError(400, 'bad_json', 'Could not parse request body as JSON');
		}
		if (!(error instanceof z.ZodError)) throw error;
		const [issue] = error.issues;
		const field = issue?.path.join('.') ?? '';
		throw new AuthError(400, 'validation_failed', `${field}: ${issue?.message ?? error.message}`);
	}
}

import { sql } from 'kysely';
import * as z from 'zod';
import { createInvitation, generateLink } from './auth-invitations.ts';
import {
	addEmailIdentity,
	banUser,
	findUser,
	hashPassword,
	insertUser,
	mergeMetadata,
	Metadata,
	parseBody,
	Email,
	Password,
	refuseTaken
} from './auth-users.ts';
import type { AdminContext } from './auth-users.ts';
import type { AuthUser } from './auth-service.ts';

const UserAttributes = z.object({
	id: z.uuid().optional(),
	email: Email.optional(),
	phone: z.string().optional(),
	password: Password.optional(),
	email_confirm: z.boolean().optional(),
	role: z.string().optional(),
	ban_duration: z.string().optional(),
	app_metadata: Metadata.optional(),
	user_metadata: Metadata.optional()
});
type UserAttributes = z.infer<typeof UserAttributes>;

const Deletion = z.object({ should_soft_delete: z.boolean().default(false) });

/** `/admin/*` and `/invite`, which lite does not have. Null when no route matches. */
export async function answerAdmin(
	request: Request,
	path: string,
	context: AdminContext
): Promise<Response | null> {
	const route = `${request.method} ${path.replace(/[0-9a-f-]{36}$/, ':id')}`;
	const id = path.slice(path.lastIndexOf('/') + 1);
	switch (route) {
		case 'POST /admin/users':
			return Response.json(await createUser(await parseBody(request, UserAttributes), context));
		case 'GET /admin/users':
			return listUsers(new URL(request.url), context);
		case 'GET /admin/users/:id':
			return Response.json(await findUser(id, context));
		case 'PUT /admin/users/:id':
			return Response.json(await updateUser(id, await parseBody(request, UserAttributes), context));
		case 'DELETE /admin/users/:id':
			return Response.json(await deleteUser(id, await parseBody(request, Deletion), context));
		case 'POST /invite':
			return Response.json(await createInvitation(request, context));
		case 'POST /admin/generate_link':
			return Response.json(await generateLink(request, context));
		default:
			return null;
	}
}

async function createUser(attributes: UserAttributes, context: AdminContext): Promise<AuthUser> {
	const { email = null } = attributes;
	if (email !== null) await refuseTaken(email, context);
	const id = await insertUser(
		{
			id: attributes.id,
			email,
			phone: attributes.phone ?? null,
			role: attributes.role ?? 'authenticated',
			password: attributes.password,
			confirmed: attributes.email_confirm === true,
			appMetadata: attributes.app_metadata ?? {},
			userMetadata: attributes.user_metadata ?? {}
		},
		context
	);
	return findUser(id, context);
}

async function listUsers(url: URL, context: AdminContext): Promise<Response> {
	const page = Math.max(1, Number(url.searchParams.get('page') ?? 1) || 1);
	const perPage = Math.min(1000, Number(url.searchParams.get('per_page') ?? 50) || 50);
	const { db } = context;
	const count = await sql<{ total: number }>`
		select count(*)::int as total from auth.users`.execute(db);
	const total = count.rows[0]?.total ?? 0;
	const { rows } = await sql<{ id: string }>`
		select id from auth.users order by created_at desc, id
		limit ${perPage} offset ${(page - 1) * perPage}`.execute(db);
	const users = await Promise.all(rows.map(({ id }) => findUser(id, context)));
	const lastPage = Math.max(1, Math.ceil(total / perPage));
	const link = (target: number, rel: string) =>
		`</admin/users?page=${target}&per_page=${perPage}>; rel="${rel}"`;
	const links = [...(page < lastPage ? [link(page + 1, 'next')] : []), link(lastPage, 'last')];
	return Response.json(
		{ users, aud: 'authenticated' },
		{ headers: { 'x-total-count': String(total), link: links.join(', ') } }
	);
}

async function updateUser(
	id: string,
	attributes: UserAttributes,
	context: AdminContext
): Promise<AuthUser> {
	const { db } = context;
	const current = await findUser(id, context);
	const { email = null } = attributes;
	if (email !== null && email !== current.email) await refuseTaken(email, context);
	const password = await hashPassword(attributes.password);
	const confirm = attributes.email_confirm === true || email !== null;
	await db.transaction().execute(async (transaction) => {
		await sql`
			update auth.users set
				email = coalesce(${email}, email),
				phone = coalesce(${attributes.phone ?? null}, phone),
				role = coalesce(${attributes.role ?? null}, role),
				encrypted_password = coalesce(${password}, encrypted_password),
				email_confirmed_at = case when ${confirm} then coalesce(email_confirmed_at, now())
					else email_confirmed_at end,
				raw_app_meta_data = ${mergeMetadata(current.app_metadata, attributes.app_metadata)},
				raw_user_meta_data = ${mergeMetadata(current.user_metadata, attributes.user_metadata)},
				updated_at = now()
			where id = ${id}`.execute(transaction);
		if (attributes.ban_duration !== undefined)
			await banUser(transaction, id, attributes.ban_duration);
		if (email !== null) {
			await sql`
				delete from auth.identities
				where user_id = ${id} and provider = 'email'`.execute(transaction);
			await addEmailIdentity(transaction, id, email, true);
		}
	});
	return findUser(id, context);
}

async function deleteUser(
	id: string,
	{ should_soft_delete }: z.infer<typeof Deletion>,
	context: AdminContext
): Promise<object> {
	const { db } = context;
	await findUser(id, context);
	if (should_soft_delete) {
		await sql`
			update auth.users set deleted_at = now(), email = null, phone = null,
				encrypted_password = null, raw_user_meta_data = '{}', banned_until = now() + interval '100 years'
			where id = ${id}`.execute(db);
		await sql`delete from auth.sessions where user_id = ${id}`.execute(db);
	} else {
		await sql`delete from auth.users where id = ${id}`.execute(db);
	}
	return {};
}

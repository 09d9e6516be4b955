import { sql } from 'kysely';
import * as z from 'zod';
import { AuthError } from './auth-error.ts';
import { checkEmail, Metadata, parseBody } from './context.ts';
import type { AuthContext } from './context.ts';
import { mailLink, verifyLink } from './mails.ts';
import { mintToken } from './one-time-tokens.ts';
import type { Purpose } from './one-time-tokens.ts';
import { checkStrength, hashPassword } from './passwords.ts';
import { redirectTarget } from './redirects.ts';
import { userJson } from './user-json.ts';
import { emailExists, findByEmail, insertUser, isConfirmed, userById } from './users.ts';
import type { UserRow } from './users.ts';

const Invitation = z.looseObject({ email: z.string().default(''), data: Metadata.nullish() });

const linkTypes = [
	...['signup', 'invite', 'magiclink', 'recovery'],
	...['email_change_current', 'email_change_new']
] as const;

const LinkRequest = z.looseObject({
	type: z.string().default(''),
	email: z.string().default(''),
	new_email: z.string().default(''),
	password: z.string().nullish(),
	data: Metadata.nullish(),
	redirect_to: z.string().nullish()
});
type LinkRequest = z.infer<typeof LinkRequest>;

/** `POST /invite`. */
export async function invite(context: AuthContext): Promise<Response> {
	const body = parseBody(context, Invitation);
	const { db } = context;
	const email = checkEmail(body.email);
	const known = await findByEmail(db, email);
	if (known !== null && isConfirmed(known)) throw emailExists();
	const user =
		known ?? (await insertUser(db, { email, invited: true, userMetadata: body.data ?? {} }));
	await mailLink(context, user, 'invite');
	return Response.json(userJson(await userById(db, user.id)));
}

/** `POST /admin/generate_link`: for the caller to deliver, nothing is mailed. */
export async function generateLink(context: AuthContext): Promise<Response> {
	const wanted = parseBody(context, LinkRequest);
	if (!(linkTypes as readonly string[]).includes(wanted.type)) {
		const message = `Invalid email action link type requested: ${wanted.type}`;
		throw new AuthError(400, 'validation_failed', message);
	}
	const email = checkEmail(wanted.email);
	const known = await findByEmail(context.db, email);
	// Who is new signs up by the link.
	const type = wanted.type === 'magiclink' && known === null ? 'signup' : wanted.type;
	const user = await userForLink(context, { ...wanted, email }, known, type);
	return type.startsWith('email_change')
		? changeLink(context, user, wanted)
		: plainLink(context, user, wanted, type as 'signup' | 'invite' | 'magiclink' | 'recovery');
}

async function userForLink(
	context: AuthContext,
	wanted: LinkRequest,
	known: UserRow | null,
	type: string
): Promise<UserRow> {
	const signsUp = type === 'signup' || type === 'invite';
	if (known !== null) {
		if (signsUp && isConfirmed(known)) throw emailExists();
		return known;
	}
	if (!signsUp) {
		throw new AuthError(404, 'user_not_found', 'User with this email not found');
	}
	const password = wanted.password ?? '';
	if (wanted.type === 'signup' && password === '') {
		throw new AuthError(400, 'validation_failed', 'Signup requires a valid password');
	}
	if (password !== '') checkStrength(password, context.config);
	return insertUser(context.db, {
		...{ email: wanted.email, invited: type === 'invite', userMetadata: wanted.data ?? {} },
		passwordHash: password === '' ? null : await hashPassword(password)
	});
}

async function plainLink(
	context: AuthContext,
	user: UserRow,
	wanted: LinkRequest,
	type: 'signup' | 'invite' | 'magiclink' | 'recovery'
): Promise<Response> {
	const { db, publicUrl } = context;
	const purpose = type === 'signup' || type === 'invite' ? 'confirmation' : 'recovery';
	const minted = await mint(context, user, user.email ?? '', purpose);
	if (type === 'invite') {
		await sql`update auth.users set invited_at = now() where id = ${user.id}`.execute(db);
	}
	const redirectTo = redirectTarget(context, wanted.redirect_to);
	return answer(context, user, {
		action_link: verifyLink(publicUrl, minted.hash, type, redirectTo),
		...{ email_otp: minted.code, hashed_token: minted.hash },
		...{ verification_type: type, redirect_to: redirectTo }
	});
}

async function changeLink(
	context: AuthContext,
	user: UserRow,
	wanted: LinkRequest
): Promise<Response> {
	const { db, config, publicUrl } = context;
	const side = wanted.type === 'email_change_current' ? 'current' : 'new';
	if (side === 'current' && !config.email.double_confirm_changes) {
		const message = 'Enable secure email change to generate link for current email';
		throw new AuthError(422, 'validation_failed', message);
	}
	const newEmail = checkEmail(wanted.new_email);
	if ((await findByEmail(db, newEmail)) !== null) throw emailExists();
	await sql`
		update auth.users set email_change = ${newEmail}, email_change_confirm_status =
			case when email_change = ${newEmail} then email_change_confirm_status else 0 end
		where id = ${user.id}`.execute(db);
	const to = side === 'new' ? newEmail : (user.email ?? '');
	const minted = await mint(context, user, to, `email_change_${side}`);
	const redirectTo = redirectTarget(context, wanted.redirect_to);
	return answer(context, user, {
		action_link: verifyLink(publicUrl, minted.hash, 'email_change', redirectTo),
		...{ email_otp: minted.code, hashed_token: minted.hash },
		...{ verification_type: wanted.type, redirect_to: redirectTo }
	});
}

function mint({ db, config }: AuthContext, user: UserRow, email: string, purpose: Purpose) {
	const length = config.email.otp_length;
	return mintToken(db, { userId: user.id, email, purpose, length });
}

async function answer({ db }: AuthContext, { id }: UserRow, link: object): Promise<Response> {
	return Response.json({ ...userJson(await userById(db, id)), ...link });
}

import * as z from 'zod';
import { AuthError } from './auth-error.ts';
import { composeMail, verifyLink } from './auth-mail.ts';
import type { AuthUser } from './auth-service.ts';
import {
	Email,
	emailExists,
	findByEmail,
	findUser,
	insertUser,
	Metadata,
	mintToken,
	parseBody,
	Password
} from './auth-users.ts';
import type { AdminContext } from './auth-users.ts';

const Invitation = z.object({ email: Email, data: Metadata.default({}) });

const LinkRequest = z.object({
	type: z.enum(['signup', 'invite', 'magiclink', 'recovery']),
	email: Email,
	password: Password.optional(),
	data: Metadata.default({}),
	redirect_to: z.string().optional()
});
type LinkRequest = z.infer<typeof LinkRequest>;

export async function createInvitation(request: Request, context: AdminContext): Promise<AuthUser> {
	const { email, data } = await parseBody(request, Invitation);
	const user = await findByEmail(email, context);
	if (user?.confirmed === true) throw emailExists();
	const id = user?.id ?? (await insertUser({ email, invited: true, userMetadata: data }, context));
	const { hash, code } = await mintToken(id, email, 'confirmation', context);
	const link = verifyLink(context.publicUrl, hash, 'invite');
	await context.onMail(composeMail('invite', email, link, code));
	return findUser(id, context);
}

/** A link for the caller to deliver: nothing is mailed. */
export async function generateLink(request: Request, context: AdminContext): Promise<object> {
	const wanted = await parseBody(request, LinkRequest);
	const { email, type } = wanted;
	const user = await findByEmail(email, context);
	const id = user?.id ?? (await createForLink(wanted, context));
	const confirmed = user?.confirmed === true;
	if (confirmed && (type === 'invite' || type === 'signup')) throw emailExists();
	const purpose = type === 'recovery' || confirmed ? 'recovery' : 'confirmation';
	const { hash, code } = await mintToken(id, email, purpose, context);
	const redirectTo = context.service.resolveEmailRedirect(
		wanted.redirect_to ?? new URL(request.url).searchParams.get('redirect_to')
	);
	return {
		...(await findUser(id, context)),
		action_link: verifyLink(context.publicUrl, hash, type, redirectTo),
		email_otp: code,
		hashed_token: hash,
		verification_type: type,
		redirect_to: redirectTo
	};
}

async function createForLink(wanted: LinkRequest, context: AdminContext): Promise<string> {
	const { email, type, password, data } = wanted;
	if (type === 'recovery') {
		throw new AuthError(404, 'user_not_found', 'User with this email not found');
	}
	return insertUser({ email, password, invited: type === 'invite', userMetadata: data }, context);
}

import { sql } from 'kysely';
import type { MailKind } from '../mail/mail.ts';
import { AuthError } from './auth-error.ts';
import type { AuthContext } from './context.ts';
import { createFlow } from './flow-state.ts';
import type { Challenge } from './flow-state.ts';
import { mintToken } from './one-time-tokens.ts';
import type { Purpose } from './one-time-tokens.ts';
import { redirectTarget } from './redirects.ts';
import type { Method } from './sessions.ts';
import type { UserRow } from './users.ts';

/** The `type` in the link of a mail. */
export type LinkType = 'signup' | 'invite' | 'recovery' | 'magiclink' | 'email_change';

const plans = {
	signup: { kind: 'confirmation', purpose: 'confirmation', method: 'email/signup' },
	invite: { kind: 'invite', purpose: 'confirmation', method: 'invite' },
	recovery: { kind: 'recovery', purpose: 'recovery', method: 'recovery' },
	magiclink: { kind: 'magic_link', purpose: 'recovery', method: 'magiclink' }
} as const satisfies Record<
	Exclude<LinkType, 'email_change'>,
	{ kind: MailKind; purpose: Purpose; method: Method }
>;

/** A mail with a link and a code to the user's address. */
export async function mailLink(
	context: AuthContext,
	user: UserRow,
	type: keyof typeof plans,
	challenge: Challenge | null = null
): Promise<void> {
	const { db, config, mailer } = context;
	const { kind, purpose, method } = plans[type];
	const email = user.email ?? '';
	refuseHaste(context, purpose === 'recovery' ? user.recovery_sent_at : user.confirmation_sent_at);
	context.limiter.countMail(mailLimit(context));
	if (challenge !== null) await createFlow(db, { challenge, method, userId: user.id });
	const { code, hash } = await mintToken(db, {
		...{ userId: user.id, email, purpose, length: config.email.otp_length },
		pkce: challenge !== null
	});
	if (type === 'invite') {
		await sql`update auth.users set invited_at = now() where id = ${user.id}`.execute(db);
	}
	await mailer.send({
		...{ kind, to: email, code, tokenHash: hash, data: user.raw_user_meta_data ?? {} },
		...linkFields(context, hash, type)
	});
}

/** To the new address, and to the present one when both must agree. */
export async function mailEmailChange(
	context: AuthContext,
	user: UserRow,
	newEmail: string,
	challenge: Challenge | null
): Promise<void> {
	const { db, config } = context;
	refuseHaste(context, user.email_change_sent_at);
	if (challenge !== null)
		await createFlow(db, { challenge, method: 'email_change', userId: user.id });
	await sql`
		update auth.users set email_change = ${newEmail}, email_change_confirm_status = 0,
			email_change_token_current = null, updated_at = now()
		where id = ${user.id}`.execute(db);
	const pkce = challenge !== null;
	if (config.email.double_confirm_changes && user.email !== null) {
		await mailOneSide(context, user, { side: 'current', newEmail, pkce });
	}
	await mailOneSide(context, user, { side: 'new', newEmail, pkce });
}

async function mailOneSide(
	context: AuthContext,
	user: UserRow,
	change: { side: 'current' | 'new'; newEmail: string; pkce: boolean }
): Promise<void> {
	const { db, config, mailer } = context;
	const { side, newEmail, pkce } = change;
	const to = side === 'new' ? newEmail : (user.email ?? '');
	context.limiter.countMail(mailLimit(context));
	const { code, hash } = await mintToken(db, {
		...{ userId: user.id, email: to, purpose: `email_change_${side}` as const },
		...{ length: config.email.otp_length, pkce }
	});
	await mailer.send({
		...{ kind: 'email_change', to, code, tokenHash: hash, newEmail, email: user.email ?? '' },
		...{ data: user.raw_user_meta_data ?? {} },
		...linkFields(context, hash, 'email_change')
	});
}

/** A code alone: it proves that the one at the keyboard still owns the address. */
export async function mailNonce(context: AuthContext, user: UserRow): Promise<void> {
	const { db, config, mailer } = context;
	const email = user.email ?? '';
	refuseHaste(context, user.reauthentication_sent_at);
	context.limiter.countMail(mailLimit(context));
	const { code, hash } = await mintToken(db, {
		...{ userId: user.id, email, purpose: 'reauthentication' as const },
		length: config.email.otp_length
	});
	await mailer.send({
		...{ kind: 'reauthentication', to: email, code, tokenHash: hash, link: null },
		...{ redirectTo: context.siteUrl, data: user.raw_user_meta_data ?? {} }
	});
}

export function verifyLink(
	publicUrl: string,
	hash: string,
	type: LinkType,
	redirectTo: string
): string {
	const link = new URL('/auth/v1/verify', publicUrl);
	link.searchParams.set('token', hash);
	link.searchParams.set('type', type);
	link.searchParams.set('redirect_to', redirectTo);
	return link.href;
}

function linkFields(context: AuthContext, hash: string, type: LinkType) {
	const redirectTo = redirectTarget(context);
	return { redirectTo, link: verifyLink(context.publicUrl, hash, type, redirectTo) };
}

/** As the CLI says of its own setting: it counts where real mail is sent. */
function mailLimit({ config }: AuthContext): number | undefined {
	return config.email.smtp?.enabled === true ? config.rate_limit.email_sent : undefined;
}

function refuseHaste({ config }: AuthContext, sentAt: string | null): void {
	if (sentAt === null) return;
	const allowedAt = Date.parse(sentAt) + config.email.max_frequency * 1000;
	const seconds = Math.ceil((allowedAt - Date.now()) / 1000);
	if (seconds <= 0) return;
	throw new AuthError(
		429,
		'over_email_send_rate_limit',
		`For security purposes, you can only request this after ${seconds} seconds.`
	);
}

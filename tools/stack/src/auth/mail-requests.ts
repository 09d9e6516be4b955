import * as z from 'zod';
import { AuthError } from './auth-error.ts';
import { challengeFields, checkEmail, Metadata, parseBody } from './context.ts';
import type { AuthContext } from './context.ts';
import { challengeOf } from './flow-state.ts';
import { mailEmailChange, mailLink } from './mails.ts';
import { countSignIn, phoneDisabled, refuseClosed, registerByMail } from './sign-up.ts';
import { findByEmail, isConfirmed } from './users.ts';
import type { UserRow } from './users.ts';

const Otp = z.looseObject({
	email: z.string().nullish(),
	phone: z.string().nullish(),
	create_user: z.boolean().default(true),
	data: Metadata.nullish(),
	...challengeFields
});

const Recovery = z.looseObject({ email: z.string().default(''), ...challengeFields });

const Resend = z.looseObject({
	type: z.string().default(''),
	email: z.string().nullish(),
	phone: z.string().nullish(),
	...challengeFields
});

/** `POST /otp` and `/magiclink`. */
export async function requestOtp(context: AuthContext): Promise<Response> {
	const body = parseBody(context, Otp);
	const { db, config } = context;
	countSignIn(context);
	if ((body.email ?? '') === '') {
		if ((body.phone ?? '') !== '') throw phoneDisabled('Unsupported phone provider');
		const message = 'One of email or phone must be set';
		throw new AuthError(400, 'validation_failed', message);
	}
	const challenge = challengeOf(body);
	const email = checkEmail(body.email ?? '');
	const known = await findByEmail(db, email);
	if (known === null) {
		if (!body.create_user) {
			throw new AuthError(422, 'otp_disabled', 'Signups not allowed for otp');
		}
		refuseClosed(context);
		if (!config.email.enable_signup) {
			throw new AuthError(422, 'otp_disabled', 'Signups not allowed for otp');
		}
	}
	const user = known ?? (await registerByMail(context, email, body.data ?? {}));
	const mustConfirm = config.email.enable_confirmations && !isConfirmed(user);
	await mailLink(context, user, mustConfirm ? 'signup' : 'magiclink', challenge);
	return Response.json({});
}

/** `POST /recover`; the answer is the same for an address that nobody has. */
export async function requestRecovery(context: AuthContext): Promise<Response> {
	const body = parseBody(context, Recovery);
	countSignIn(context);
	if (body.email === '') {
		throw new AuthError(400, 'validation_failed', 'Password recovery requires an email');
	}
	const user = await findByEmail(context.db, checkEmail(body.email));
	if (user !== null) await mailLink(context, user, 'recovery', challengeOf(body));
	return Response.json({});
}

export async function resend(context: AuthContext): Promise<Response> {
	const body = parseBody(context, Resend);
	countSignIn(context);
	const { type } = body;
	if (type === 'sms' || type === 'phone_change') {
		throw phoneDisabled('Unsupported phone provider');
	}
	if (type !== 'signup' && type !== 'email_change') {
		const types = 'signup, email_change, sms, phone_change';
		throw new AuthError(400, 'validation_failed', `Missing one of these types: ${types}`);
	}
	if ((body.email ?? '') === '') {
		throw new AuthError(400, 'validation_failed', 'Type provided requires an email address');
	}
	const user = await findByEmail(context.db, checkEmail(body.email ?? ''));
	if (user !== null) await sendAgain(context, user, type, body);
	return Response.json({});
}

async function sendAgain(
	context: AuthContext,
	user: UserRow,
	type: 'signup' | 'email_change',
	body: z.infer<typeof Resend>
): Promise<void> {
	const pending = user.email_change ?? '';
	if (type === 'email_change') {
		if (pending !== '') await mailEmailChange(context, user, pending, challengeOf(body));
	} else if (user.email_confirmed_at === null) {
		await mailLink(context, user, 'signup', challengeOf(body));
	}
}

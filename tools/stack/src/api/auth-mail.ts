import type { App } from '@supabase/lite';
import { requestScope } from './request-scope.ts';

export type MailKind =
	'confirmation' | 'recovery' | 'magic_link' | 'invite' | 'email_change' | 'reauthentication';

export type Mail = {
	kind: MailKind;
	to: string;
	subject: string;
	text: string;
	html: string;
	/** Where the button leads; null for a mail that brings a code only. */
	link: string | null;
	/** The one-time code; null for a mail that brings a link only. */
	code: string | null;
};

export type OnMail = (mail: Mail) => void | Promise<void>;

type Mailer = NonNullable<App['_mailer']>;

const wording: Record<MailKind, { subject: string; action: string }> = {
	confirmation: { subject: 'Confirm your signup', action: 'Confirm your e-mail address' },
	recovery: { subject: 'Reset your password', action: 'Choose a new password' },
	magic_link: { subject: 'Your sign-in link', action: 'Sign in' },
	invite: { subject: 'You have been invited', action: 'Accept the invitation' },
	email_change: { subject: 'Confirm your new e-mail address', action: 'Confirm the change' },
	reauthentication: { subject: 'Confirm that it is you', action: 'Confirm' }
};

/** The `type` of the link; invitations and confirmations share lite's token column. */
export const linkTypes: Record<Exclude<MailKind, 'reauthentication'>, string> = {
	confirmation: 'signup',
	recovery: 'recovery',
	magic_link: 'magiclink',
	invite: 'invite',
	email_change: 'email_change'
};

export type LinkOptions = {
	publicUrl: string;
	/** Binds a link to the browser that asked for it; see auth-links.ts. */
	bindToken: (tokenHash: string, method: string) => Promise<string>;
};

/** Lite's mailer links to the site instead of to Auth, and ignores where the caller wants to go. */
export function createMailer(options: LinkOptions, onMail: OnMail): Mailer {
	const send = async (kind: keyof typeof linkTypes, to: string, hash: string, code: string) => {
		const type = linkTypes[kind];
		const token = await options.bindToken(hash, type);
		await onMail(composeMail(kind, to, verifyLink(options.publicUrl, token, type), code));
	};
	return {
		sendConfirmation: (to, hash, code) => send('confirmation', to, hash, code),
		sendRecovery: (to, hash, code) => send('recovery', to, hash, code),
		sendMagicLink: (to, hash, code) => send('magic_link', to, hash, code),
		sendEmailChange: (to, hash, code) => send('email_change', to, hash, code),
		sendReauthentication: async (to, code) => {
			await onMail(composeMail('reauthentication', to, null, code));
		}
	};
}

export function composeMail(
	kind: MailKind,
	to: string,
	link: string | null,
	code: string | null
): Mail {
	const { subject, action } = wording[kind];
	const text = [
		...(link === null ? [] : [`${action}: ${link}`]),
		...(code === null ? [] : [`Code: ${code}`])
	];
	const html = [
		...(link === null ? [] : [`<p><a href="${escapeHtml(link)}">${action}</a></p>`]),
		...(code === null ? [] : [`<p>Code: <strong>${code}</strong></p>`])
	];
	return { kind, to, subject, text: text.join('\n\n'), html: html.join('\n'), link, code };
}

export function verifyLink(
	publicUrl: string,
	token: string,
	type: string,
	redirectTo = requestScope.getStore()?.query.get('redirect_to') ?? null
): string {
	const link = new URL('/auth/v1/verify', publicUrl);
	link.searchParams.set('token', token);
	link.searchParams.set('type', type);
	// Checked against the allow-list when the link is opened.
	if (redirectTo !== null) link.searchParams.set('redirect_to', redirectTo);
	return link.href;
}

function escapeHtml(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

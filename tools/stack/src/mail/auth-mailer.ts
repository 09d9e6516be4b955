import { AuthError } from '../auth/auth-error.ts';
import type { MailKind, OnMail } from './mail.ts';
import { firstLink, plainText, render, templateOf } from './template.ts';
import type { TemplateConfig } from './template.ts';

export type AuthMail = {
	kind: MailKind;
	to: string;
	code: string;
	tokenHash: string;
	/** Null when the code alone is wanted. */
	link: string | null;
	redirectTo: string;
	/** The user's metadata. */
	data: Record<string, unknown>;
	/** The user's present address, where the mail goes to another one. */
	email?: string;
	newEmail?: string;
};

export type AuthMailer = { send(mail: AuthMail): Promise<void> };

/** Words what Auth has to say and hands it over. */
export function createAuthMailer(options: {
	siteUrl: string;
	templates: TemplateConfig;
	onMail: OnMail;
}): AuthMailer {
	const { siteUrl, templates, onMail } = options;
	return {
		async send({ kind, to, code, link, ...mail }) {
			const template = templateOf(kind, templates);
			const values = {
				...{ ConfirmationURL: link ?? '', Token: code, TokenHash: mail.tokenHash },
				...{ SiteURL: siteUrl, RedirectTo: mail.redirectTo, Data: mail.data },
				...{ Email: mail.email ?? to, NewEmail: mail.newEmail ?? '' }
			};
			const html = render(template.html, values, true);
			// A line break in a name must not become a header of its own.
			const subject = render(template.subject, values, false).replace(/[\r\n]+/g, ' ');
			try {
				const leadsTo = link === null ? null : (firstLink(html) ?? link);
				await onMail({ kind, to, subject, html, text: plainText(html), link: leadsTo, code });
			} catch (cause) {
				console.error(`The ${kind} mail could not be sent:`, cause);
				throw new AuthError(500, 'unexpected_failure', `Error sending ${kind} email`);
			}
		}
	};
}

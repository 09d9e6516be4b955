import type { Ourselves } from './answer/automatic.ts';
import type { Env, Provider } from './inbound.ts';
import { mailgun } from './providers/mailgun.ts';
import { postmark } from './providers/postmark.ts';
import { resend } from './providers/resend.ts';

export const providers: ReadonlyMap<string, Provider> = new Map([
	['postmark', postmark],
	['mailgun', mailgun],
	['resend', resend]
]);

/** Null where answers by e-mail are not set up. */
export function ourselves(env: Env): Ourselves | null {
	const domain = env('INBOUND_DOMAIN')?.toLowerCase();
	const address = (env('MAIL_FROM') ?? env('SMTP_FROM') ?? 'chat@localhost').toLowerCase();
	return domain ? { domain, address } : null;
}

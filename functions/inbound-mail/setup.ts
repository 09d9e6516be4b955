import type { MailSetup } from '@chatiq/contracts/mails';
import { AppError } from '@chatiq/contracts/errors';
import { callerClient, refusal } from '../_shared/database.ts';
import type { Env } from './inbound.ts';

const secrets: Record<string, string> = {
	postmark: 'POSTMARK_WEBHOOK_PASSWORD',
	mailgun: 'MAILGUN_SIGNING_KEY',
	resend: 'RESEND_WEBHOOK_SECRET'
};

/** For admins of the organisation in the address, as SQL decides. */
export async function setupFor(request: Request, env: Env): Promise<MailSetup> {
	const token = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
	const organization_id = new URL(request.url).searchParams.get('organization');
	if (!token) throw new AppError('session_required');
	if (!organization_id) throw new AppError('invalid_input');
	const { data, error } = await callerClient(token).rpc('read_mail_counts', { organization_id });
	if (error) throw refusal(error);
	return {
		sending: sendingBy(env),
		reply_domain: env('INBOUND_DOMAIN') ?? null,
		webhooks: Object.keys(secrets).filter((name) => env(secrets[name] ?? '')),
		counts: data as MailSetup['counts']
	};
}

function sendingBy(env: Env): MailSetup['sending'] {
	if (env('MAIL_PROVIDER') === 'resend') return env('RESEND_API_KEY') ? 'resend' : null;
	return env('SMTP_HOST') ? 'smtp' : null;
}

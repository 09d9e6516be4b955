import type { Mail } from '../../src/mail/mail.ts';
import type { Backend } from './backend.ts';

export function lastMail(backend: Pick<Backend, 'mails'>, to: string): Mail {
	const mail = backend.mails.findLast((candidate) => candidate.to === to);
	if (mail === undefined) throw new Error(`no mail to ${to}`);
	return mail;
}

/** Opens a link as a browser does, up to the page that it leads to. */
export async function open(link: string | null): Promise<URL> {
	if (link === null) throw new Error('the mail has no link');
	const response = await fetch(link, { redirect: 'manual' });
	if (response.status !== 303) throw new Error(`${response.status} ${await response.text()}`);
	return new URL(response.headers.get('location') ?? '');
}

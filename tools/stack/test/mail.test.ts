import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { createTransport } from 'nodemailer';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuthConfig } from '../src/auth/config.ts';
import type { AuthConfigInput } from '../src/auth/config.ts';
import { createAuthMailer } from '../src/mail/auth-mailer.ts';
import type { AuthMail } from '../src/mail/auth-mailer.ts';
import { Mailbox } from '../src/mail/mailbox.ts';
import type { Message, NewMessage } from '../src/mail/mailbox.ts';
import type { Mail } from '../src/mail/mail.ts';
import { startMail } from '../src/mail/start-mail.ts';
import type { MailService } from '../src/mail/start-mail.ts';
import { loadTemplates } from '../src/mail/template.ts';

let directory: string;
const closers: (() => unknown)[] = [];

beforeEach(async () => {
	directory = await mkdtemp(path.join(os.tmpdir(), 'chatiq-mail-'));
});

afterEach(async () => {
	for (const close of closers.splice(0).reverse()) await close();
	await rm(directory, { recursive: true, force: true });
});

const authMail: Mail = {
	...{ kind: 'recovery', to: 'olena@example.com', subject: 'Reset Your Password' },
	...{ text: 'Code: 123456', html: '<p>Code: <b>123456</b></p>' },
	...{ link: 'https://site.example/verify?a=1&b=2', code: '123456' }
};

function mail(subject: string, more: Partial<NewMessage> = {}): NewMessage {
	return {
		...{ source: 'smtp', kind: null, from: 'a@example.com', to: ['b@example.com'], subject },
		...{ text: 'text', html: null, link: null, code: null, attachments: [] },
		...more
	};
}

async function start(auth: AuthConfigInput = {}): Promise<MailService & { url: string }> {
	const service = await startMail({
		...{ dataDirectory: directory, auth: AuthConfig.parse(auth), smtpPort: 0 },
		log: (line) => console.error(line)
	});
	const http = createServer((incoming, response) => service.route(incoming, response));
	http.listen(0, '127.0.0.1');
	await once(http, 'listening');
	closers.push(
		() => service.close(),
		() => http.close(),
		() => http.closeAllConnections()
	);
	return { ...service, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mailbox` };
}

async function list(url: string, to = ''): Promise<Message[]> {
	const answer = await fetch(`${url}/api/messages${to === '' ? '' : `?to=${to}`}`);
	return ((await answer.json()) as { messages: Message[] }).messages;
}

describe('the mailbox', () => {
	it('keeps mails over a restart, the newest first', async () => {
		const mailbox = new Mailbox(directory);
		for (const subject of ['one', 'two', 'three']) await mailbox.add(mail(subject));
		await mailbox.add(mail('other', { to: ['Other@Example.com'] }));
		const again = new Mailbox(directory);
		expect(again.list().map(({ subject }) => subject)).toEqual(['other', 'three', 'two', 'one']);
		expect(again.list({ to: 'other@example.COM' })).toHaveLength(1);
	});

	it('forgets the oldest beyond its limits', async () => {
		const mailbox = new Mailbox(directory, { messages: 3, bytes: 10_000 });
		for (const subject of ['one', 'two', 'three', 'four']) await mailbox.add(mail(subject));
		expect(mailbox.list().map(({ subject }) => subject)).toEqual(['four', 'three', 'two']);
		await mailbox.add(mail('long', { text: 'x'.repeat(9_000) }));
		expect(mailbox.list().map(({ subject }) => subject)).toEqual(['long', 'four', 'three']);
		await mailbox.add(mail('longer', { text: 'x'.repeat(9_500) }));
		expect(mailbox.list().map(({ subject }) => subject)).toEqual(['longer']);
		expect(await readdir(directory)).toHaveLength(1);
	});

	it('starts with a file that a kill left half written', async () => {
		await writeFile(path.join(directory, 'broken.json'), '{"id":');
		const mailbox = new Mailbox(directory);
		await mailbox.add(mail('after'));
		expect(mailbox.list()).toHaveLength(1);
	});
});

describe('the mailbox over HTTP', () => {
	it('lists, shows and removes for tests', async () => {
		const { url, onMail } = await start();
		await onMail(authMail);
		await onMail({ ...authMail, to: 'else@example.com' });
		const [message] = await list(url, 'Olena@example.com');
		expect(message).toMatchObject({ source: 'auth', kind: 'recovery', code: '123456' });
		const id = message?.id ?? '';
		const single = await fetch(`${url}/api/messages/${id}`);
		expect(await single.json()).toMatchObject({ id, link: authMail.link });
		expect((await fetch(`${url}/api/messages/${id}`, { method: 'DELETE' })).status).toBe(204);
		expect((await fetch(`${url}/api/messages/${id}`)).status).toBe(404);
		expect(await list(url)).toHaveLength(1);
		expect((await fetch(`${url}/api/messages`, { method: 'DELETE' })).status).toBe(204);
		expect(await list(url)).toEqual([]);
	});

	it('shows pages on which no script of a mail can run', async () => {
		const { url, mailbox } = await start();
		const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>';
		const { id } = await mailbox.add(mail(evil, { html: evil, text: evil, to: [`${evil}@x`] }));
		for (const page of [url, `${url}/${id}`]) {
			const answer = await fetch(page);
			const body = await answer.text();
			expect(body).not.toContain('<script');
			expect(body).not.toContain('<img');
			expect(body).toContain('&lt;script&gt;');
			const policy = answer.headers.get('content-security-policy');
			expect(policy).toContain("default-src 'none'");
			expect(policy).not.toContain('script-src');
		}
		expect(await (await fetch(`${url}/${id}`)).text()).toMatch(/<iframe[^>]*sandbox="allow-popups/);
		const inside = await fetch(`${url}/${id}/html`);
		const policy = inside.headers.get('content-security-policy') ?? '';
		expect(policy).toMatch(/^sandbox allow-popups/);
		expect(policy).not.toContain('allow-scripts');
		expect(policy).toContain("default-src 'none'");
	});

	it('is cleared by its own button, not by a foreign page', async () => {
		const { url, mailbox } = await start();
		await mailbox.add(mail('stays'));
		const foreign = await fetch(`${url}/clear`, {
			method: 'POST',
			headers: { origin: 'https://evil.example' }
		});
		expect([foreign.status, mailbox.list().length]).toEqual([403, 1]);
		const own = await fetch(`${url}/clear`, {
			...{ method: 'POST', redirect: 'manual' },
			headers: { origin: new URL(url).origin }
		});
		expect([own.status, mailbox.list().length]).toEqual([303, 0]);
	});

	it.each([{ host: 'rebound.example' }, { host: 'localhost', 'x-forwarded-for': '192.0.2.1' }])(
		'is closed for %j',
		async (headers) => {
			const { url } = await start();
			const sent = request(`${url}/api/messages`, { headers });
			sent.end();
			const [answer] = (await once(sent, 'response')) as [{ statusCode: number }];
			expect(answer.statusCode).toBe(403);
		}
	);
});

describe('the SMTP door', () => {
	it('takes mail with text, HTML and attachments, with or without a login', async () => {
		const { url, smtp, environment } = await start();
		expect(environment).toMatchObject({ SMTP_HOST: '127.0.0.1', SMTP_PORT: String(smtp.port) });
		const transport = createTransport({ ...smtp, auth: { user: 'any', pass: 'thing' } });
		await transport.sendMail({
			...{
				from: 'Функція <fn@example.com>',
				to: ['Visible@example.com'],
				bcc: 'hidden@example.com'
			},
			...{ subject: 'Стенограма', text: 'Привіт', html: '<p>Привіт</p>' },
			attachments: [{ filename: 'chat.txt', content: 'line' }]
		});
		const [message] = await list(url, 'hidden@example.com');
		expect(message).toMatchObject({
			...{ source: 'smtp', from: 'fn@example.com', subject: 'Стенограма', html: '<p>Привіт</p>' },
			to: ['visible@example.com', 'hidden@example.com'],
			attachments: [{ name: 'chat.txt', type: 'text/plain', size: 4 }]
		});
		expect(message?.text.trim()).toBe('Привіт');
		await createTransport(smtp).sendMail({ from: 'a@example.com', to: 'b@example.com', text: 'x' });
		expect(await list(url)).toHaveLength(2);
	});

	it('refuses what is too large and stays open', async () => {
		const { url, smtp } = await start();
		const transport = createTransport(smtp);
		const huge = { from: 'a@example.com', to: 'b@example.com', text: 'x'.repeat(17 * 1024 * 1024) };
		await expect(transport.sendMail(huge)).rejects.toThrow();
		await transport.sendMail({ ...huge, text: 'small' });
		expect(await list(url)).toHaveLength(1);
	});
});

describe('real SMTP', () => {
	it('takes the mails of Auth where it is configured', async () => {
		const received: { user: string; mail: Awaited<ReturnType<typeof PostalMime.parse>> }[] = [];
		const server = new SMTPServer({
			...{ allowInsecureAuth: true, hideSTARTTLS: true },
			onAuth: ({ username, password }, _session, done) => {
				const right = username === 'user' && password === 'pass';
				done(right ? null : new Error('no'), { user: username ?? '' });
			},
			onData: (stream, session, done) => {
				void text(stream).then(async (raw) => {
					received.push({ user: String(session.user), mail: await PostalMime.parse(raw) });
					done(null);
				});
			}
		});
		const listening = server.listen(0, '127.0.0.1');
		await once(listening, 'listening');
		closers.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
		const { port } = listening.address() as AddressInfo;
		const smtp = { host: '127.0.0.1', port, user: 'user', pass: 'pass' };
		const sender = { admin_email: 'hello@shop.example', sender_name: 'The Shop' };
		const { onMail, mailbox } = await start({ email: { smtp: { ...smtp, ...sender } } });
		await onMail(authMail);
		expect(received).toMatchObject([
			{
				user: 'user',
				mail: {
					...{ subject: 'Reset Your Password', to: [{ address: 'olena@example.com' }] },
					from: { address: 'hello@shop.example', name: 'The Shop' }
				}
			}
		]);
		expect(mailbox.list()).toEqual([]);
	});

	it('that does not answer is an error of the request', async () => {
		const closed = createServer().listen(0, '127.0.0.1');
		await once(closed, 'listening');
		const { port } = closed.address() as AddressInfo;
		closed.close();
		await once(closed, 'close');
		const smtp = { host: '127.0.0.1', port, admin_email: 'a@example.com' };
		const { onMail } = await start({ email: { smtp } });
		const mailer = createAuthMailer({ siteUrl: 'http://localhost', templates: {}, onMail });
		await expect(mailer.send(invitation)).rejects.toMatchObject({
			...{ status: 500, code: 'unexpected_failure' }
		});
	});
});

const invitation: AuthMail & { link: string } = {
	...{ kind: 'invite', to: 'new@example.com', code: '123456', tokenHash: 'hash' },
	...{ link: 'http://localhost/verify?token=hash&type=invite', redirectTo: 'http://localhost/x' },
	data: { name: '<b>Ада</b>' }
};

describe('a template', () => {
	async function send(config: AuthConfigInput['email'], mail: Partial<AuthMail> = {}) {
		const { template } = AuthConfig.parse({ email: config }).email;
		const mails: Mail[] = [];
		const mailer = createAuthMailer({
			...{ siteUrl: 'https://site.example', templates: loadTemplates(directory, template) },
			onMail: (sent) => void mails.push(sent)
		});
		await mailer.send({ ...invitation, ...mail });
		return mails[0];
	}

	it('of the project replaces ours', async () => {
		const html =
			'<a href="{{ .ConfirmationURL }}">Go</a> {{.Token}} {{ .TokenHash }} {{ .SiteURL }} ' +
			'{{ .Email }} {{ .RedirectTo }} {{ .Data.name }}{{ if .Data.missing }}no{{ else }}!{{ end }}';
		await writeFile(path.join(directory, 'invite.html'), html);
		const sent = await send({
			template: { invite: { subject: 'Hello {{ .Data.name }}', content_path: './invite.html' } }
		});
		expect(sent?.subject).toBe('Hello <b>Ада</b>');
		expect(sent?.html).toBe(
			'<a href="http://localhost/verify?token=hash&amp;type=invite">Go</a> 123456 hash ' +
				'https://site.example new@example.com http://localhost/x &lt;b&gt;Ада&lt;/b&gt;!'
		);
		expect(sent?.text).toBe(
			'Go: http://localhost/verify?token=hash&type=invite 123456 hash ' +
				'https://site.example new@example.com http://localhost/x <b>Ада</b>!'
		);
	});

	it('speaks the language of the person, and the mailbox follows its button', async () => {
		const content =
			'<a href="{{ .SiteURL }}/auth/confirm?token_hash={{ .TokenHash }}&next={{ .RedirectTo }}">' +
			'{{ if eq .Data.language "uk" }}Так{{ else }}Yes{{ end }}</a>';
		const template = { invite: { subject: 'x', content } };
		const sent = await send({ template }, { data: { language: 'uk' } });
		expect(sent?.html).toContain('>Так</a>');
		expect(sent?.link).toBe(
			'https://site.example/auth/confirm?token_hash=hash&next=http://localhost/x'
		);
		expect((await send({ template }, { data: {} }))?.html).toContain('>Yes</a>');
	});

	it('of ours names link and code in both parts', async () => {
		const sent = await send({});
		expect(sent?.subject).toBe('You have been invited');
		for (const part of [sent?.text, sent?.html]) expect(part).toContain('123456');
		expect(sent?.text).toContain(invitation.link);
	});

	it('that is missing stops the start', async () => {
		await expect(send({ template: { invite: { content_path: 'none.html' } } })).rejects.toThrow(
			'none.html'
		);
	});
});

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { AddressRefused, JobFailure } from '../job-failure.ts';
import { createMailer, type OutgoingMail } from '../mailer.ts';
import { resendTransport } from './resend.ts';

interface Sent {
	headers: IncomingMessage['headers'];
	body: Record<string, unknown>;
}

const servers: Server[] = [];
afterEach(async () => {
	for (const server of servers.splice(0)) {
		server.closeAllConnections();
		await new Promise<void>((resolve) => server.close(() => resolve()));
	}
});

/** A provider as it answers over HTTP. */
async function startProvider(behave: (response: ServerResponse) => void) {
	const got: Sent[] = [];
	const server = createServer((request, response) => {
		let body = '';
		request.on('data', (part: Buffer) => (body += part.toString()));
		request.on('end', () => {
			got.push({ headers: request.headers, body: JSON.parse(body) as Sent['body'] });
			behave(response);
		});
	});
	servers.push(server);
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return { got, url, mailer: mailerFor(url) };
}

function mailerFor(url: string) {
	const env: Record<string, string> = {
		MAIL_PROVIDER: 'resend',
		RESEND_API_KEY: 're_key',
		RESEND_URL: url,
		MAIL_FROM: 'chat@mail.test',
		INBOUND_DOMAIN: 'reply.test'
	};
	return createMailer((name) => env[name]);
}

const answering = (status: number, body: unknown, headers: Record<string, string> = {}) =>
	startProvider((response) => response.writeHead(status, headers).end(JSON.stringify(body)));

const mail: OutgoingMail = {
	to: 'ann@people.test',
	key: 'job-1',
	subject: 'Привіт\r\nBcc: eve@x.test',
	fromName: 'Крамниця "А"',
	text: 'text',
	html: '<p>html</p>',
	replyTo: 'reply+abc@reply.test',
	unsubscribeUrl: 'https://x.test/u?token=t'
};

const failureOf = (sending: Promise<void>) =>
	sending.then(
		() => null,
		(error: unknown) => error as JobFailure
	);

it('hands a mail over with a key that makes a repeat harmless', async () => {
	const { got, mailer } = await answering(200, { id: '1' });
	expect(mailer.replyAddress('abc')).toBe('reply+abc@reply.test');
	await mailer.send(mail);
	await mailer.send(mail);
	expect(got.map(({ headers }) => headers['idempotency-key'])).toEqual(['job-1', 'job-1']);
	expect(got[0]?.headers.authorization).toBe('Bearer re_key');
	expect(got[0]?.body).toMatchObject({
		from: '"Крамниця А" <chat@mail.test>',
		to: ['ann@people.test'],
		reply_to: ['reply+abc@reply.test'],
		subject: 'Привіт Bcc: eve@x.test',
		text: 'text',
		html: '<p>html</p>',
		tags: [{ name: 'key', value: 'job-1' }],
		headers: {
			'auto-submitted': 'auto-generated',
			'list-unsubscribe': '<https://x.test/u?token=t>',
			'list-unsubscribe-post': 'List-Unsubscribe=One-Click'
		}
	});
});

it('waits as long as the provider asks', async () => {
	const slow = await answering(
		429,
		{ name: 'rate_limit_exceeded', message: 'Too many' },
		{ 'retry-after': '17' }
	);
	expect(await failureOf(slow.mailer.send(mail))).toMatchObject({ final: false, retryAfter: 17 });
	const date = new Date(Date.now() + 60_000).toUTCString();
	const dated = await failureOf(
		(await answering(503, {}, { 'retry-after': date })).mailer.send(mail)
	);
	expect(dated?.final).toBe(false);
	expect(dated?.retryAfter).toBeGreaterThan(50);
	expect(dated?.retryAfter).toBeLessThanOrEqual(60);
});

it.each([
	[500, { message: 'Internal server error' }],
	[502, '<html>'],
	[401, { name: 'missing_api_key', message: 'Missing API key' }],
	[403, { name: 'invalid_api_key', message: 'API key is invalid' }],
	[409, { name: 'concurrent_idempotent_requests', message: 'Under way' }]
])('tries again after %i, which is not the mail’s fault', async (status, body) => {
	const failure = await failureOf((await answering(status, body)).mailer.send(mail));
	expect(failure).toMatchObject({ final: false, retryAfter: undefined });
});

it('knows for good from for now, and an address from a mail', async () => {
	const bad = { name: 'validation_error', message: 'Invalid `subject` field for ann@people.test.' };
	const refused = await failureOf((await answering(422, bad)).mailer.send(mail));
	expect(refused).toMatchObject({ final: true });
	expect(refused).not.toBeInstanceOf(AddressRefused);
	expect(refused?.message).not.toContain('@');
	const nobody = { name: 'validation_error', message: 'Invalid `to` field. The email address …' };
	const gone = await failureOf((await answering(422, nobody)).mailer.send(mail));
	expect(gone).toBeInstanceOf(AddressRefused);
});

it('takes the mail for sent when the provider has had that key before', async () => {
	const known = { name: 'invalid_idempotent_request', message: 'Same key, other payload' };
	const { mailer } = await answering(409, known);
	expect(await failureOf(mailer.send(mail))).toBeNull();
});

it('does not wait for ever, and tells an absent provider from a refusal', async () => {
	const { url } = await startProvider(() => undefined);
	const env: Record<string, string> = { RESEND_API_KEY: 'k', RESEND_URL: url };
	const impatient = resendTransport((name) => env[name], 200);
	const letter = { ...mail, from: 'a@x.test', replyTo: undefined, headers: {} };
	expect(await failureOf(impatient(letter))).toMatchObject({ final: false });
	expect(await failureOf(mailerFor('http://127.0.0.1:1').send(mail))).toMatchObject({
		final: false
	});
});

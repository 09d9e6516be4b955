import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, expect, it } from 'vitest';
import { AddressRefused, JobFailure } from './job-failure.ts';
import { createMailer, type OutgoingMail } from './mailer.ts';

const servers: SMTPServer[] = [];
afterEach(async () => {
	await Promise.all(
		servers.splice(0).map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
	);
});

/** A server that keeps what it gets, or refuses a recipient with this code. */
async function startServer(
	refuse?: number,
	words = 'not this one'
): Promise<{ mailer: ReturnType<typeof createMailer>; got: string[] }> {
	const got: string[] = [];
	const server = new SMTPServer({
		...{ authOptional: true, disabledCommands: ['STARTTLS'], logger: false },
		onRcptTo: (_address, _session, done) => {
			if (refuse) done(Object.assign(new Error(words), { responseCode: refuse }));
			else done();
		},
		onData: (stream, _session, done) => {
			let text = '';
			stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
			stream.on('end', () => {
				got.push(text);
				done();
			});
		}
	});
	servers.push(server);
	const listening = server.listen(0, '127.0.0.1');
	await once(listening, 'listening');
	const { port } = listening.address() as AddressInfo;
	return { got, mailer: mailerFor(port) };
}

function mailerFor(port: number) {
	const env: Record<string, string> = {
		SMTP_HOST: '127.0.0.1',
		SMTP_PORT: String(port),
		SMTP_FROM: 'chat@mail.test'
	};
	return createMailer((name) => env[name]);
}

const mail: OutgoingMail = {
	to: 'ann@people.test',
	key: 'job-1',
	subject: 'Привіт',
	fromName: 'Крамниця',
	text: 'text',
	html: '<p>html</p>'
};

const failureOf = (sending: Promise<void>) =>
	sending.then(
		() => null,
		(error: unknown) => error as JobFailure
	);

it('sends text and HTML under an id that is the same at each try', async () => {
	const { mailer, got } = await startServer();
	await mailer.send({ ...mail, unsubscribeUrl: 'https://x.test/u?token=t' });
	await mailer.send(mail);
	for (const text of got) expect(text).toMatch(/^Message-ID: <job-1@mail.test>\r$/m);
	expect(got[0]).toMatch(/^List-Unsubscribe: <https:\/\/x.test\/u\?token=t>\r$/m);
	expect(got[0]).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
	expect(got[0]).toMatch(/^Auto-Submitted: auto-generated\r$/m);
	expect(got[0]).toContain('multipart/alternative');
	expect(got[1]).not.toContain('List-Unsubscribe');
});

it.each(['Ann\r\nBcc: eve@x.test', 'Ann\nBcc: eve@x.test', 'Ann\u2028Bcc: eve@x.test', 'A\0B'])(
	'keeps %j in one header',
	async (name) => {
		const { mailer, got } = await startServer();
		await mailer.send({ ...mail, subject: name, fromName: name });
		const head = got[0]?.split('\r\n\r\n')[0] ?? '';
		expect(head).not.toMatch(/^bcc:/im);
		expect(head).not.toContain('\0');
	}
);

it.each([
	'',
	'ann',
	'a@x.test, b@x.test',
	'a@x.test\r\nRCPT TO:<b@x.test>',
	'<a@x.test>',
	'"a b"@x.test'
])('does not write to %j', async (to) => {
	const { mailer, got } = await startServer();
	expect(await failureOf(mailer.send({ ...mail, to }))).toMatchObject({ final: true });
	expect(got).toEqual([]);
});

it('tells for good from for now, and names no address', async () => {
	const refused = await failureOf((await startServer(550)).mailer.send(mail));
	expect(refused).toMatchObject({ final: true });
	expect(refused?.message).not.toContain('@');
	const busy = await failureOf((await startServer(451)).mailer.send(mail));
	expect(busy).toMatchObject({ final: false });
	const gone = await failureOf(mailerFor(1).send(mail));
	expect(gone).toMatchObject({ final: false });
});

it.each([
	[550, 'No such user', true],
	[550, '5.1.1 The mailbox does not exist', true],
	[550, '5.7.1 We do not trust you', false],
	[554, 'Spam', false],
	[552, '5.2.2 The mailbox is full', false],
	[450, '4.2.1 Try again', false]
])('%i %s: the address takes no mail: %s', async (code, words, gone) => {
	const failure = await failureOf((await startServer(code, words)).mailer.send(mail));
	expect(failure instanceof AddressRefused).toBe(gone);
});

import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { maxFileBytes } from '@chatiq/contracts/upload';
import { afterEach, describe, expect, it } from 'vitest';
import { NotSigned } from '../inbound.ts';
import { Unfetched } from '../mail-file.ts';
import { resend } from './resend.ts';

const secret = `whsec_${Buffer.from('a secret of the webhook').toString('base64')}`;
const servers: Server[] = [];
const empty = Buffer.alloc(0);
afterEach(async () => {
	for (const server of servers.splice(0)) {
		await new Promise<void>((resolve) => server.close(() => resolve()));
	}
});

/** The provider's API, which has one mail. */
async function startApi(mail: unknown, status = 200, file: [number, Buffer] = [404, empty]) {
	const asked: (string | undefined)[] = [];
	const server = createServer((request, response) => {
		const { url = '', headers } = request;
		asked.push(`${url} ${headers.authorization}`);
		const download_url = `http://${headers.host}/cdn?signature=s`;
		if (url.startsWith('/cdn')) response.writeHead(file[0], { connection: 'close' }).end(file[1]);
		else if (url.includes('/attachments/')) response.end(JSON.stringify({ download_url }));
		else response.writeHead(status, { connection: 'close' }).end(JSON.stringify(mail));
	});
	servers.push(server);
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	const { port } = server.address() as AddressInfo;
	const env: Record<string, string> = {
		RESEND_WEBHOOK_SECRET: secret,
		RESEND_API_KEY: 're_key',
		RESEND_URL: `http://127.0.0.1:${port}`
	};
	return { asked, env: (name: string) => env[name] };
}

function signed(event: unknown, { change = '', seconds = Date.now() / 1000 } = {}): Request {
	const [id, timestamp, body] = [randomUUID(), `${Math.floor(seconds)}`, JSON.stringify(event)];
	const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
	const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
	return new Request('http://x.test/resend', {
		method: 'POST',
		headers: {
			'svix-id': id,
			'svix-timestamp': timestamp,
			'svix-signature': `v1,bm90IHRoaXMgb25l v1,${signature}`
		},
		body: body + change
	});
}

const received = { type: 'email.received', data: { email_id: 'mail/1', to: ['x@reply.test'] } };

it('fetches a mail that came in: the event only names it', async () => {
	const { asked, env } = await startApi({
		message_id: '<one@mail.test>',
		from: 'Ann <Ann@People.test>',
		to: ['reply+abc@reply.test'],
		cc: null,
		received_for: ['reply+abc@reply.test'],
		subject: 'Re: chat',
		text: 'Thank you',
		html: null,
		headers: { 'Auto-Submitted': 'no', 'return-path': '<ann@people.test>' },
		attachments: [
			{ id: 'f1', filename: 'logo.png', content_type: 'image/png', content_id: '<logo@x>' },
			{ id: 'f2', filename: 'map.pdf', content_type: 'application/pdf' }
		]
	});
	const [mail] = await resend(signed(received), env);
	expect(asked).toEqual(['/emails/receiving/mail%2F1 Bearer re_key']);
	expect(mail).toMatchObject({
		...{ kind: 'mail', id: '<one@mail.test>', from: 'ann@people.test', text: 'Thank you' },
		...{ envelopeFrom: 'ann@people.test' },
		files: [
			{ name: 'logo.png', type: 'image/png', contentId: 'logo@x' },
			{ name: 'map.pdf', type: 'application/pdf', contentId: null }
		]
	});
	expect(mail?.kind === 'mail' && mail.to.includes('reply+abc@reply.test')).toBe(true);
});

describe('a file', () => {
	const read = async (status: number, bytes: Buffer) => {
		const mail = { from: 'a@x.test', to: [], attachments: [{ id: 'f/1', filename: 'map.pdf' }] };
		const { asked, env } = await startApi(mail, 200, [status, bytes]);
		const [event] = await resend(signed(received), env);
		const [file] = event?.kind === 'mail' ? event.files : [];
		return { asked, bytes: file?.read() };
	};

	it('is asked for when it is wanted, and its address without the key', async () => {
		const { asked, bytes } = await read(200, Buffer.from('pdf'));
		expect(Buffer.from((await bytes) ?? []).toString()).toBe('pdf');
		expect(asked.slice(1)).toEqual([
			'/emails/receiving/mail%2F1/attachments/f%2F1 Bearer re_key',
			'/cdn?signature=s undefined'
		]);
	});

	it('that is gone, too large, or away for a while', async () => {
		await expect((await read(403, empty)).bytes).rejects.toThrow(Unfetched);
		await expect((await read(200, Buffer.alloc(maxFileBytes + 1))).bytes).rejects.toThrow(
			'file_too_large'
		);
		await expect((await read(503, empty)).bytes).rejects.toThrow('503');
	});
});

it('has the provider come again when the mail cannot be had', async () => {
	const { env } = await startApi({ message: 'later' }, 503);
	await expect(resend(signed(received), env)).rejects.toThrow('503');
});

it('takes nothing that was changed, is old, or is not signed', async () => {
	const { asked, env } = await startApi({});
	const refused = [
		signed(received, { change: ' ' }),
		signed(received, { seconds: Date.now() / 1000 - 3600 }),
		new Request('http://x.test/resend', { method: 'POST', body: '{}' })
	];
	for (const request of refused) await expect(resend(request, env)).rejects.toThrow(NotSigned);
	await expect(resend(signed(received), () => undefined)).rejects.toThrow(NotSigned);
	expect(asked).toEqual([]);
});

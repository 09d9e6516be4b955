import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { Unfetched, type MailFile } from '../mail-file.ts';
import { mailgun } from './mailgun.ts';

const key = 'a signing key';

/** As a route with store(notify=…) posts it: the files stay with the provider. */
function storedMail(urls: string[], contentIds: Record<string, string>): Request {
	const [timestamp, token] = [`${Math.round(Date.now() / 1000)}`, 'once'];
	const signature = createHmac('sha256', key)
		.update(timestamp + token)
		.digest('hex');
	const files = urls.map((url) => ({ url, name: 'map.pdf', 'content-type': 'application/pdf' }));
	const form = new URLSearchParams({
		...{ timestamp, token, signature, from: 'Ann <ann@people.test>', recipient: 'b@reply.test' },
		...{ attachments: JSON.stringify(files), 'content-id-map': JSON.stringify(contentIds) }
	});
	return new Request('http://x.test/mailgun', { method: 'POST', body: form });
}

async function filesOf(request: Request, env: Record<string, string>): Promise<MailFile[]> {
	const [event] = await mailgun(request, (name) => ({ MAILGUN_SIGNING_KEY: key, ...env })[name]);
	return event?.kind === 'mail' ? event.files : [];
}

it('fetches stored files with the key of the API, from Mailgun and nobody else', async () => {
	const asked: (string | undefined)[] = [];
	const server = createServer((request, response) => {
		asked.push(request.headers.authorization);
		response.writeHead(200, { connection: 'close' }).end('pdf');
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	try {
		const here = { MAILGUN_API_KEY: 'api-key', MAILGUN_URL: url };
		const [picture, map] = await filesOf(
			storedMail([`${url}/0`, `${url}/1`], { '<p@x>': `${url}/0` }),
			here
		);
		expect(picture?.contentId).toBe('p@x');
		expect(map).toMatchObject({ name: 'map.pdf', type: 'application/pdf', contentId: null });
		expect(Buffer.from((await map?.read()) ?? []).toString()).toBe('pdf');
		expect(asked).toEqual([`Basic ${Buffer.from('api:api-key').toString('base64')}`]);
		const elsewhere = [
			[url, { MAILGUN_API_KEY: 'api-key' }],
			['https://mailgun.net.evil.test/1', here],
			['https://evil-mailgun.net/1', here],
			['http://storage.mailgun.net/1', here],
			[url, { MAILGUN_URL: url }]
		] as const;
		for (const [place, env] of elsewhere) {
			const [file] = await filesOf(storedMail([place], {}), env);
			await expect(file?.read()).rejects.toThrow(Unfetched);
		}
		expect(asked).toHaveLength(1);
	} finally {
		await new Promise((resolve) => server.close(resolve));
	}
});

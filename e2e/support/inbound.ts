import { createHmac, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Backend } from './backend.ts';

/** A mail that somebody writes with a program of theirs. */
export interface Written {
	from: string;
	to: string;
	text: string;
	id?: string;
	subject?: string;
	html?: string;
	headers?: Record<string, string>;
	files?: WrittenFile[];
}

interface WrittenFile {
	name: string;
	type: string;
	bytes: Buffer;
	/** Of a picture within the text. */
	contentId?: string;
}

const at = (backend: Backend, provider: string) =>
	`${backend.url}/functions/v1/inbound-mail/${provider}`;

async function outcomesOf(response: Response): Promise<string[]> {
	if (!response.ok) throw new Error(`inbound-mail: ${response.status} ${await response.text()}`);
	return ((await response.json()) as { outcomes: string[] }).outcomes;
}

/** As Postmark posts it. The stack's secret key stands for every provider's secret. */
export async function byPostmark(backend: Backend, written: Written): Promise<string[]> {
	return outcomesOf(await postToPostmark(backend, inboundBody(written)));
}

export function postToPostmark(
	backend: Backend,
	body: unknown,
	password = backend.secretKey
): Promise<Response> {
	return fetch(at(backend, 'postmark'), {
		method: 'POST',
		headers: {
			'content-type': 'application/json',
			authorization: `Basic ${Buffer.from(`hook:${password}`).toString('base64')}`
		},
		body: JSON.stringify(body)
	});
}

function inboundBody({
	from,
	to,
	text,
	id,
	html = '',
	subject = 'Re: chat',
	headers = {},
	files = []
}: Written) {
	return {
		FromName: 'Somebody',
		FromFull: { Email: from, Name: 'Somebody', MailboxHash: '' },
		ToFull: [{ Email: to, Name: '', MailboxHash: '' }],
		CcFull: [],
		OriginalRecipient: to,
		Subject: subject,
		MessageID: randomUUID(),
		MessageStream: 'inbound',
		TextBody: text,
		HtmlBody: html,
		StrippedTextReply: '',
		Headers: Object.entries({
			'Message-ID': id ?? `<${randomUUID()}@mail.test>`,
			'MIME-Version': '1.0',
			...headers
		}).map(([Name, Value]) => ({ Name, Value })),
		Attachments: files.map(({ name, type, bytes, contentId }) => ({
			...{ Name: name, ContentType: type, ContentLength: bytes.length },
			...(contentId === undefined ? {} : { ContentID: `<${contentId}>` }),
			Content: bytes.toString('base64')
		}))
	};
}

/** As a route of Mailgun posts it: a form, signed by time and token. */
export function postToMailgun(
	backend: Backend,
	{ from, to, text, html = '', id, subject = 'Re: chat', headers = {}, files = [] }: Written,
	{ key = backend.secretKey, at: time = Date.now() } = {}
): Promise<Response> {
	const form = new FormData();
	const signed = signedByMailgun(key, time);
	for (const [name, value] of Object.entries(signed)) form.set(name, value);
	form.set('recipient', to);
	form.set('sender', from);
	form.set('from', `Somebody <${from}>`);
	form.set('subject', subject);
	form.set('body-plain', text);
	form.set('body-html', html);
	const pictures = files.flatMap(({ contentId }, place) =>
		contentId === undefined ? [] : [[`<${contentId}>`, `attachment-${place + 1}`]]
	);
	form.set('content-id-map', JSON.stringify(Object.fromEntries(pictures)));
	const all = { 'Message-Id': id ?? `<${randomUUID()}@mail.test>`, ...headers };
	form.set('message-headers', JSON.stringify(Object.entries(all)));
	form.set('attachment-count', `${files.length}`);
	files.forEach(({ name, type, bytes }, place) =>
		form.set(`attachment-${place + 1}`, new File([new Uint8Array(bytes)], name, { type }))
	);
	return fetch(at(backend, 'mailgun'), { method: 'POST', body: form });
}

export async function byMailgun(backend: Backend, written: Written): Promise<string[]> {
	return outcomesOf(await postToMailgun(backend, written));
}

function signedByMailgun(key: string, time: number) {
	const [timestamp, token] = [`${Math.round(time / 1000)}`, randomUUID()];
	const signature = createHmac('sha256', key)
		.update(timestamp + token)
		.digest('hex');
	return { timestamp, token, signature };
}

export async function eventByMailgun(
	backend: Backend,
	event: Record<string, unknown>
): Promise<string[]> {
	const body = { signature: signedByMailgun(backend.secretKey, Date.now()), 'event-data': event };
	const response = await fetch(at(backend, 'mailgun'), {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body)
	});
	return outcomesOf(response);
}

/** As Svix signs for Resend. */
export function postToResend(
	backend: Backend,
	event: unknown,
	secret = Buffer.from(backend.secretKey).toString('base64')
): Promise<Response> {
	const [body, id, time] = [JSON.stringify(event), randomUUID(), new Date()];
	return fetch(at(backend, 'resend'), {
		method: 'POST',
		headers: {
			'svix-id': id,
			'svix-timestamp': `${Math.floor(time.getTime() / 1000)}`,
			'svix-signature': new Webhook(secret).sign(id, time, body)
		},
		body
	});
}

export async function eventByResend(backend: Backend, event: unknown): Promise<string[]> {
	return outcomesOf(await postToResend(backend, event));
}

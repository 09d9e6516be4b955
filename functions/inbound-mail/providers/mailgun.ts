import { Buffer } from 'node:buffer';
import * as z from 'zod/mini';
import {
	addressOf,
	headerMap,
	keyIn,
	NotSigned,
	Unreadable,
	type Bounce,
	type Env,
	type InboundMail,
	type Provider
} from '../inbound.ts';
import { contentIdOf, fetchFile, Unfetched, type MailFile } from '../mail-file.ts';
import { hmac, requireFresh, sameSecret } from '../signature.ts';

const Signature = z.object({
	timestamp: z.union([z.string(), z.number()]),
	token: z.string(),
	signature: z.string()
});
const Event = z.object({
	signature: Signature,
	'event-data': z.object({
		event: z.string(),
		severity: z.optional(z.string()),
		recipient: z.optional(z.string()),
		reason: z.optional(z.string()),
		'delivery-status': z.optional(
			z.object({
				code: z.optional(z.union([z.number(), z.string()])),
				description: z.optional(z.nullable(z.string())),
				message: z.optional(z.nullable(z.string()))
			})
		),
		message: z.optional(z.object({ headers: z.optional(z.record(z.string(), z.unknown())) })),
		'user-variables': z.optional(z.unknown())
	})
});
const Headers = z.array(z.tuple([z.string(), z.string()]));
const ContentIds = z.record(z.string(), z.string());
const StoredFiles = z.array(
	z.object({ url: z.url(), name: z.string(), 'content-type': z.optional(z.string()) })
);

/**
 * https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http: a route with forward()
 * posts a form with the files; one with store() posts where they are kept; webhooks for failures post JSON. All are
 * signed by a time and a token.
 */
export const mailgun: Provider = async (request, env) => {
	const key = env('MAILGUN_SIGNING_KEY');
	if (!key) throw new NotSigned('MAILGUN_SIGNING_KEY is not set.');
	if (request.headers.get('content-type')?.includes('json')) {
		const parsed = Event.safeParse(await request.json().catch(() => null));
		if (!parsed.success) throw new Unreadable(z.prettifyError(parsed.error));
		requireSignature(parsed.data.signature, key);
		return bounceOf(parsed.data['event-data']);
	}
	const form = await request.formData().catch((cause: unknown) => {
		throw new Unreadable('The body is not a form.', { cause });
	});
	const [timestamp, token, signature] = ['timestamp', 'token', 'signature'].map((name) =>
		textOf(form, name)
	);
	requireSignature(
		{ timestamp: timestamp ?? '', token: token ?? '', signature: signature ?? '' },
		key
	);
	return [mailOf(form, env)];
};

function requireSignature(given: z.output<typeof Signature>, key: string): void {
	const { timestamp, token, signature } = given;
	if (!sameSecret(signature, hmac(key, `${timestamp}${token}`, 'hex'))) {
		throw new NotSigned('The signature does not fit.');
	}
	requireFresh(`${timestamp}`);
}

function bounceOf(event: z.output<typeof Event>['event-data']): Bounce[] {
	const complaint = event.event === 'complained';
	const gone = event.event === 'failed' && event.severity === 'permanent' && aboutAddress(event);
	if ((!complaint && !gone) || !event.recipient) return [];
	const status = event['delivery-status'];
	const variables = event['user-variables'];
	const kept =
		typeof variables === 'object' && variables !== null && 'key' in variables
			? variables.key
			: null;
	return [
		{
			kind: 'bounce',
			reason: complaint ? 'complaint' : 'bounce',
			email: addressOf(event.recipient),
			key: keyIn(kept) ?? keyIn(event.message?.headers?.['message-id']),
			detail: status?.message || status?.description || event.reason || ''
		}
	];
}

/** Mailgun also calls it permanent when it gave up, or when a server does not like the sender. */
function aboutAddress({
	reason,
	'delivery-status': status
}: z.output<typeof Event>['event-data']): boolean {
	if (reason === 'suppress-bounce' || reason === 'suppress-complaint') return true;
	if (reason !== undefined && reason !== 'bounce' && reason !== 'generic') return false;
	const code = Number(status?.code ?? 0);
	return (code >= 550 && code <= 553) || code === 605;
}

function mailOf(form: FormData, env: Env): InboundMail {
	const headers = headerMap(headersOf(textOf(form, 'message-headers')));
	return {
		kind: 'mail',
		id: headers.get('message-id') ?? (textOf(form, 'Message-Id') || null),
		from: addressOf(textOf(form, 'from') || textOf(form, 'sender')),
		envelopeFrom: form.has('sender') ? addressOf(textOf(form, 'sender')) : null,
		to: [addressOf(textOf(form, 'recipient')), ...textOf(form, 'To').split(',').map(addressOf)],
		subject: textOf(form, 'subject'),
		text: textOf(form, 'body-plain'),
		html: textOf(form, 'body-html'),
		headers,
		files: [...postedFiles(form), ...storedFiles(form, env)]
	};
}

function textOf(form: FormData, name: string): string {
	const value = form.get(name);
	return typeof value === 'string' ? value : '';
}

function headersOf(json: string): [string, string][] {
	const parsed = Headers.safeParse(parseJson(json));
	return parsed.success ? parsed.data : [];
}

function postedFiles(form: FormData): MailFile[] {
	const files: MailFile[] = [];
	for (const [field, value] of form) {
		if (typeof value === 'string') continue;
		const read = async () => new Uint8Array(await value.arrayBuffer());
		files.push({ name: value.name, type: value.type, contentId: contentId(form, field), read });
	}
	return files;
}

function storedFiles(form: FormData, env: Env): MailFile[] {
	const parsed = StoredFiles.safeParse(parseJson(textOf(form, 'attachments')));
	if (!parsed.success) return [];
	return parsed.data.map(({ url, name, 'content-type': type = '' }) => ({
		...{ name, type, contentId: contentId(form, url) },
		read: () => readStored(url, env)
	}));
}

/** The signature says nothing of the form's content, and the key goes to nobody but Mailgun. */
async function readStored(url: string, env: Env): Promise<Uint8Array<ArrayBuffer>> {
	const { protocol, hostname, origin } = new URL(url);
	const theirs = protocol === 'https:' && /(^|\.)mailgun\.(net|org)$/.test(hostname);
	if (!theirs && origin !== env('MAILGUN_URL')) throw new Unfetched('This is not Mailgun.');
	const key = env('MAILGUN_API_KEY');
	if (!key) throw new Unfetched('MAILGUN_API_KEY is not set.');
	return fetchFile(url, { authorization: `Basic ${Buffer.from(`api:${key}`).toString('base64')}` });
}

/** Of a picture that stands within the text: the field or address that its map leads to. */
function contentId(form: FormData, place: string): string | null {
	const parsed = ContentIds.safeParse(parseJson(textOf(form, 'content-id-map')));
	const entries = parsed.success ? Object.entries(parsed.data) : [];
	return contentIdOf(entries.find(([, value]) => value === place)?.[0]);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return null;
	}
}

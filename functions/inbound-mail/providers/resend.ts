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
import { requireSvix } from '../signature.ts';

const Event = z.object({
	type: z.string(),
	data: z.object({
		email_id: z.optional(z.string()),
		to: z.optional(z.array(z.string())),
		tags: z.optional(z.unknown()),
		bounce: z.optional(
			z.object({ type: z.optional(z.string()), message: z.optional(z.nullable(z.string())) })
		)
	})
});
const Received = z.object({
	message_id: z.optional(z.nullable(z.string())),
	from: z.string(),
	to: z.array(z.string()),
	cc: z.optional(z.nullable(z.array(z.string()))),
	bcc: z.optional(z.nullable(z.array(z.string()))),
	received_for: z.optional(z.nullable(z.array(z.string()))),
	subject: z.optional(z.nullable(z.string())),
	text: z.optional(z.nullable(z.string())),
	html: z.optional(z.nullable(z.string())),
	headers: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
	attachments: z.optional(
		z.nullable(
			z.array(
				z.object({
					id: z.string(),
					filename: z.optional(z.nullable(z.string())),
					content_type: z.optional(z.nullable(z.string())),
					content_id: z.optional(z.nullable(z.string()))
				})
			)
		)
	)
});
const Stored = z.object({ download_url: z.url() });

/** https://resend.com/docs/webhooks: signed by Svix. A mail that came in must be fetched: the event only names it. */
export const resend: Provider = async (request, env) => {
	const secret = env('RESEND_WEBHOOK_SECRET');
	if (!secret) throw new NotSigned('RESEND_WEBHOOK_SECRET is not set.');
	const body = await request.text();
	requireSvix(request.headers, body, secret);
	const parsed = Event.safeParse(JSON.parse(body));
	if (!parsed.success) throw new Unreadable(z.prettifyError(parsed.error));
	const { type, data } = parsed.data;
	if (type === 'email.received') return [await fetchMail(data.email_id ?? '', env)];
	if (type === 'email.complained' || type === 'email.bounced') return bouncesOf(type, data);
	return [];
};

function bouncesOf(type: string, data: z.output<typeof Event>['data']): Bounce[] {
	const complaint = type === 'email.complained';
	if (!complaint && data.bounce?.type !== 'Permanent') return [];
	return (data.to ?? []).map((to) => ({
		kind: 'bounce',
		reason: complaint ? 'complaint' : 'bounce',
		email: addressOf(to),
		key: keyIn(tagOf(data.tags)),
		detail: data.bounce?.message ?? ''
	}));
}

/** Tags come as they were sent, or as an object of names. */
function tagOf(tags: unknown): unknown {
	const List = z.array(z.object({ name: z.string(), value: z.string() }));
	const list = List.safeParse(tags);
	if (list.success) return list.data.find(({ name }) => name === 'key')?.value;
	return typeof tags === 'object' && tags !== null && 'key' in tags ? tags.key : null;
}

/** Asks the API about a mail that came in. */
type Ask = (path: string) => Promise<Response>;

async function fetchMail(id: string, env: Env): Promise<InboundMail> {
	const base = `${env('RESEND_URL') ?? 'https://api.resend.com'}/emails/receiving/${encodeURIComponent(id)}`;
	const authorization = `Bearer ${env('RESEND_API_KEY') ?? ''}`;
	const ask: Ask = (path) =>
		fetch(base + path, {
			headers: { authorization, 'user-agent': 'ChatIQ' },
			signal: AbortSignal.timeout(15_000)
		});
	const response = await ask('');
	// The provider calls again.
	if (!response.ok) throw new Error(`Resend answered ${response.status} for a received mail.`);
	const parsed = Received.safeParse(await response.json());
	if (!parsed.success) throw new Unreadable(z.prettifyError(parsed.error));
	return mailOf(parsed.data, id, ask);
}

/** The address of a file holds for an hour, so it is asked for when the file is wanted. */
async function readFile(id: string, ask: Ask): Promise<Uint8Array<ArrayBuffer>> {
	const response = await ask(`/attachments/${encodeURIComponent(id)}`);
	if (response.status === 404) throw new Unfetched('Resend does not have the file any more.');
	if (!response.ok) throw new Error(`Resend answered ${response.status} for a file of a mail.`);
	return fetchFile(Stored.parse(await response.json()).download_url);
}

function mailOf(mail: z.output<typeof Received>, id: string, ask: Ask): InboundMail {
	const headers = headerMap(
		Object.entries(mail.headers ?? {}).flatMap(([name, value]) =>
			typeof value === 'string' ? [[name, value] as const] : []
		)
	);
	const to = [mail.to, mail.cc, mail.bcc, mail.received_for].flatMap((list) => list ?? []);
	return {
		kind: 'mail',
		id: mail.message_id ?? headers.get('message-id') ?? id,
		from: addressOf(mail.from),
		envelopeFrom: headers.has('return-path') ? addressOf(headers.get('return-path') ?? '') : null,
		to: to.map(addressOf),
		subject: mail.subject ?? '',
		text: mail.text ?? '',
		html: mail.html ?? '',
		headers,
		files: (mail.attachments ?? []).map((file): MailFile => ({
			name: file.filename ?? '',
			type: file.content_type ?? '',
			contentId: contentIdOf(file.content_id),
			read: () => readFile(file.id, ask)
		}))
	};
}

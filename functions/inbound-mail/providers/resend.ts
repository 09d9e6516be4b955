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
					filename: z.optional(z.nullable(z.string())),
					content_disposition: z.optional(z.nullable(z.string()))
				})
			)
		)
	)
});

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

async function fetchMail(id: string, env: Env): Promise<InboundMail> {
	const base = env('RESEND_URL') ?? 'https://api.resend.com';
	const response = await fetch(`${base}/emails/receiving/${encodeURIComponent(id)}`, {
		headers: { authorization: `Bearer ${env('RESEND_API_KEY') ?? ''}`, 'user-agent': 'ChatIQ' },
		signal: AbortSignal.timeout(15_000)
	});
	// The provider calls again.
	if (!response.ok) throw new Error(`Resend answered ${response.status} for a received mail.`);
	const parsed = Received.safeParse(await response.json());
	if (!parsed.success) throw new Unreadable(z.prettifyError(parsed.error));
	return mailOf(parsed.data, id);
}

function mailOf(mail: z.output<typeof Received>, id: string): InboundMail {
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
		files: (mail.attachments ?? [])
			.filter(({ content_disposition }) => content_disposition !== 'inline')
			.map(({ filename }) => filename ?? '?')
	};
}

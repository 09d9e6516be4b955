import { Buffer } from 'node:buffer';
import * as z from 'zod/mini';
import {
	addressOf,
	headerMap,
	keyIn,
	NotSigned,
	Unreadable,
	type Bounce,
	type InboundEvent,
	type Provider
} from '../inbound.ts';
import { contentIdOf } from '../mail-file.ts';
import { sameSecret } from '../signature.ts';

const Address = z.object({ Email: z.string() });
const Inbound = z.object({
	FromFull: Address,
	ToFull: z.array(Address),
	CcFull: z.optional(z.array(Address)),
	OriginalRecipient: z.optional(z.string()),
	Subject: z.optional(z.string()),
	MessageID: z.string(),
	TextBody: z.optional(z.nullable(z.string())),
	HtmlBody: z.optional(z.nullable(z.string())),
	Headers: z.optional(z.array(z.object({ Name: z.string(), Value: z.string() }))),
	Attachments: z.optional(
		z.array(
			z.object({
				Name: z.string(),
				ContentType: z.string(),
				ContentID: z.optional(z.nullable(z.string())),
				/** Base64. */
				Content: z.string()
			})
		)
	)
});
const Failed = z.object({
	RecordType: z.enum(['Bounce', 'SpamComplaint']),
	Type: z.string(),
	Email: z.string(),
	Description: z.optional(z.string()),
	Metadata: z.optional(z.nullable(z.record(z.string(), z.unknown())))
});

/** What Postmark calls final; it stops sending to these addresses itself (`Inactive`). */
const finalTypes = new Set(['HardBounce', 'BadEmailAddress', 'ManuallyDeactivated']);

/** https://postmarkapp.com/developer/webhooks: signed by the password in the address of the webhook. */
export const postmark: Provider = async (request, env) => {
	requirePassword(request, env('POSTMARK_WEBHOOK_PASSWORD'));
	const body = (await request.json().catch(() => null)) as unknown;
	const failed = Failed.safeParse(body);
	if (failed.success) return bounceOf(failed.data);
	const inbound = Inbound.safeParse(body);
	if (inbound.success) return [mailOf(inbound.data)];
	// Deliveries, opens and the like, should somebody have ticked them.
	if (typeof body === 'object' && body !== null && 'RecordType' in body) return [];
	throw new Unreadable(z.prettifyError(inbound.error));
};

function requirePassword(request: Request, password: string | undefined): void {
	const basic = /^Basic (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
	const given = Buffer.from(basic, 'base64')
		.toString()
		.replace(/^[^:]*:/, '');
	if (!password || !sameSecret(given, password)) throw new NotSigned('The password does not fit.');
}

function bounceOf({
	RecordType,
	Type,
	Email,
	Description,
	Metadata
}: z.output<typeof Failed>): Bounce[] {
	const complaint = RecordType === 'SpamComplaint' || Type === 'SpamComplaint';
	if (!complaint && !finalTypes.has(Type)) return [];
	return [
		{
			kind: 'bounce',
			reason: complaint ? 'complaint' : 'bounce',
			email: addressOf(Email),
			key: keyIn(Metadata?.['key']),
			detail: Description ?? Type
		}
	];
}

function mailOf(mail: z.output<typeof Inbound>): InboundEvent {
	const headers = headerMap((mail.Headers ?? []).map(({ Name, Value }) => [Name, Value]));
	const to = [...mail.ToFull, ...(mail.CcFull ?? [])].map(({ Email }) => addressOf(Email));
	return {
		kind: 'mail',
		id: headers.get('message-id') ?? mail.MessageID,
		from: addressOf(mail.FromFull.Email),
		envelopeFrom: headers.has('return-path') ? addressOf(headers.get('return-path') ?? '') : null,
		// A blind copy stands in no header.
		to: mail.OriginalRecipient ? [addressOf(mail.OriginalRecipient), ...to] : to,
		subject: mail.Subject ?? '',
		text: mail.TextBody ?? '',
		html: mail.HtmlBody ?? '',
		headers,
		files: (mail.Attachments ?? []).map(({ Name, ContentType, ContentID, Content }) => ({
			name: Name,
			type: ContentType,
			contentId: contentIdOf(ContentID),
			read: () => Promise.resolve(Buffer.from(Content, 'base64'))
		}))
	};
}

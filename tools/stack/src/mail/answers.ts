import type { Email } from 'postal-mime';
import type { NewMessage } from './mailbox.ts';

export interface Answers {
	/** Where the product's answers by e-mail come in. */
	domain: string;
	/** Of the function `inbound-mail`. */
	url: () => string;
	password: string;
}

/** Hands mails to the product's own domain over as a provider does, in the form of Postmark. */
export function answerHandler(
	{ domain, url, password }: Answers,
	log: (line: string) => void
): (mail: NewMessage, parsed: Email) => Promise<void> {
	return async (mail, parsed) => {
		const recipient = mail.to.find((address) => address.toLowerCase().endsWith(`@${domain}`));
		if (recipient === undefined) return;
		try {
			const response = await fetch(`${url()}/postmark`, {
				method: 'POST',
				headers: {
					'content-type': 'application/json',
					authorization: `Basic ${Buffer.from(`stack:${password}`).toString('base64')}`
				},
				body: JSON.stringify(inboundOf(mail, parsed, recipient))
			});
			if (!response.ok) log(`A mail to ${domain} was answered with ${response.status}`);
		} catch (error) {
			log(`A mail to ${domain} could not be handed over: ${String(error)}`);
		}
	};
}

function inboundOf(mail: NewMessage, { headers, attachments }: Email, recipient: string) {
	return {
		FromFull: { Email: mail.from },
		ToFull: mail.to.map((Email) => ({ Email })),
		OriginalRecipient: recipient,
		Subject: mail.subject,
		MessageID: mail.messageId ?? '',
		TextBody: mail.text,
		HtmlBody: mail.html ?? '',
		Headers: headers.map(({ key, value }) => ({ Name: key, Value: value })),
		Attachments: attachments.map(({ filename, mimeType, contentId, content }) => ({
			...{ Name: filename ?? '', ContentType: mimeType, ContentID: contentId ?? '' },
			// Words are no bytes yet.
			Content: (typeof content === 'string'
				? Buffer.from(content)
				: Buffer.from(new Uint8Array(content))
			).toString('base64')
		}))
	};
}

import type { Header } from 'postal-mime';
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
): (mail: NewMessage, headers: readonly Header[]) => Promise<void> {
	return async (mail, headers) => {
		const recipient = mail.to.find((address) => address.toLowerCase().endsWith(`@${domain}`));
		if (recipient === undefined) return;
		try {
			const response = await fetch(`${url()}/postmark`, {
				method: 'POST',
				headers: {
					'content-type': 'application/json',
					authorization: `Basic ${Buffer.from(`stack:${password}`).toString('base64')}`
				},
				body: JSON.stringify(inboundOf(mail, headers, recipient))
			});
			if (!response.ok) log(`A mail to ${domain} was answered with ${response.status}`);
		} catch (error) {
			log(`A mail to ${domain} could not be handed over: ${String(error)}`);
		}
	};
}

function inboundOf(mail: NewMessage, headers: readonly Header[], recipient: string) {
	return {
		FromFull: { Email: mail.from },
		ToFull: mail.to.map((Email) => ({ Email })),
		OriginalRecipient: recipient,
		Subject: mail.subject,
		MessageID: mail.messageId ?? '',
		TextBody: mail.text,
		HtmlBody: mail.html ?? '',
		Headers: headers.map(({ key, value }) => ({ Name: key, Value: value })),
		Attachments: mail.attachments.map(({ name }) => ({ Name: name }))
	};
}

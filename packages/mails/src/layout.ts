import { markup, type Markup } from './markup.ts';

/** What every mail has: the mailer takes it as it is. */
export interface Letter {
	fromName: string;
	subject: string;
	text: string;
	html: string;
}

export interface LetterOptions {
	unsubscribePage?: string | undefined;
	/** Whether an answer by e-mail comes in. */
	answerable?: boolean;
}

interface Parts {
	language: string;
	fromName: string;
	subject: string;
	/** Stands above all else when the mail can be answered: what is below it in an answer is quoted. */
	replyLine?: string | undefined;
	/** Without markup, for the text of the mail. */
	intro: string;
	body?: { text: string; html: Markup };
	button?: { label: string; url: string } | undefined;
	/** Small print: why this mail came, and how to have no more. */
	reason: string;
	unsubscribe?: { label: string; url: string } | undefined;
}

/** One narrow column, no pictures, nothing remote; the colours are readable on light and dark. */
export function letter(parts: Parts): Letter {
	return {
		fromName: parts.fromName,
		subject: parts.subject,
		text: plain(parts),
		html: page(parts).html
	};
}

function plain({ replyLine, intro, body, button, reason, unsubscribe }: Parts): string {
	return [
		replyLine,
		intro,
		body?.text,
		button && `${button.label}:\n${button.url}`,
		`-- \n${reason}${unsubscribe ? `\n${unsubscribe.label}: ${unsubscribe.url}` : ''}`
	]
		.filter((part) => part !== undefined)
		.join('\n\n');
}

function page(parts: Parts): Markup {
	const { language, subject, replyLine, intro, body, button, reason, unsubscribe } = parts;
	return markup`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<title>${subject}</title>
</head>
<body style="margin:0;padding:24px 16px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif">
<div style="max-width:560px;margin:0 auto">
${
	replyLine
		? markup`<p style="margin:0 0 20px;font-size:13px;opacity:.75">${replyLine}</p>
`
		: ''
}<p style="margin:0 0 20px">${intro}</p>
${body?.html ?? ''}
${button ? link(button) : ''}
<p style="margin:32px 0 0;padding-top:16px;border-top:1px solid #8a8f9c;font-size:13px;opacity:.75">${reason}${
		unsubscribe ? smallLink(unsubscribe) : ''
	}</p>
</div>
</body>
</html>
`;
}

function link({ label, url }: { label: string; url: string }): Markup {
	return markup`<p style="margin:24px 0"><a href="${url}" style="display:inline-block;padding:10px 20px;border-radius:8px;background:#3257d6;color:#fff;text-decoration:none;font-weight:600">${label}</a></p>`;
}

function smallLink({ label, url }: { label: string; url: string }): Markup {
	return markup`<br /><a href="${url}" style="color:inherit">${label}</a>`;
}

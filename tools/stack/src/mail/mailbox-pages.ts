import type { Message } from './mailbox.ts';
import { escapeHtml } from './template.ts';

export const styles = `
:root { color-scheme: light dark; --edge: color-mix(in srgb, currentcolor 18%, transparent); }
body { margin: 0 auto; max-width: 56rem; padding: 1.5rem; font: 16px/1.5 system-ui, sans-serif; }
header { display: flex; gap: 1rem; align-items: center; justify-content: space-between; }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
ul { list-style: none; padding: 0; }
li { border-top: 1px solid var(--edge); }
li a { display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; padding: 0.75rem 0.25rem;
	color: inherit; text-decoration: none; }
li a:hover, li a:focus-visible { background: color-mix(in srgb, currentcolor 6%, transparent); }
li span, dd { overflow-wrap: anywhere; }
small, dt { opacity: 0.75; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0.25rem 1rem; }
dd { margin: 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--edge); padding: 1rem; }
iframe { width: 100%; height: 24rem; border: 1px solid var(--edge); background: #fff; color-scheme: light; }
`;

export function listPage(messages: Message[], to: string | undefined): string {
	const title = to === undefined ? 'Mailbox' : `Mailbox: ${to}`;
	const items = messages.map(
		({ id, subject, to: recipients, receivedAt }) =>
			`<li><a href="/mailbox/${escapeHtml(id)}">
<span>${escapeHtml(subject === '' ? '(no subject)' : subject)}</span>
<small><time datetime="${receivedAt}">${shortTime(receivedAt)}</time></small>
<small>${escapeHtml(recipients.join(', '))}</small></a></li>`
	);
	const clear =
		messages.length === 0
			? ''
			: '<form method="post" action="/mailbox/clear"><button>Clear</button></form>';
	const body =
		messages.length === 0
			? '<p>No mail yet. What Auth and edge functions send arrives here.</p>'
			: `<ul>${items.join('\n')}</ul>`;
	return document(title, `<header><h1>${escapeHtml(title)}</h1>${clear}</header>${body}`);
}

export function messagePage(message: Message): string {
	const { id, subject, from, to, receivedAt, link, code, text, html, attachments } = message;
	const rows = [
		['From', escapeHtml(from)],
		['To', escapeHtml(to.join(', '))],
		['Received', `<time datetime="${receivedAt}">${shortTime(receivedAt)}</time>`],
		['Link', link === null ? null : anchor(link)],
		['Code', code === null ? null : `<code>${escapeHtml(code)}</code>`],
		...attachments.map(({ name, type, size }) => [
			'Attachment',
			escapeHtml(`${name} (${type}, ${size} bytes)`)
		])
	];
	const facts = rows
		.filter(([, value]) => value !== null)
		.map(([name, value]) => `<dt>${name ?? ''}</dt><dd>${value ?? ''}</dd>`);
	const frame =
		html === null
			? ''
			: `<h2>HTML</h2><iframe title="The mail" src="/mailbox/${escapeHtml(id)}/html"
sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>`;
	return document(
		subject,
		`<p><a href="/mailbox">All mail</a></p><h1>${escapeHtml(subject)}</h1>
<dl>${facts.join('')}</dl>${frame}<h2>Plain text</h2><pre>${escapeHtml(text)}</pre>`
	);
}

export function missingPage(): string {
	return document('No such mail', '<h1>No such mail</h1><p><a href="/mailbox">All mail</a></p>');
}

function document(title: string, body: string): string {
	return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/mailbox/style.css"></head><body>${body}</body></html>`;
}

function anchor(link: string): string {
	const safe = /^https?:\/\//.test(link);
	const text = escapeHtml(link);
	return safe ? `<a href="${text}" rel="noreferrer" target="_blank">${text}</a>` : text;
}

function shortTime(iso: string): string {
	return iso.replace('T', ' ').slice(0, 19);
}

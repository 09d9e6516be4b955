import type { IncomingMessage } from 'node:http';
import { answer } from '../gateway/answer.ts';
import type { Answer, Route } from '../gateway/answer.ts';
import type { Mailbox, Message } from './mailbox.ts';
import { listPage, messagePage, missingPage, styles } from './mailbox-pages.ts';

const pagePolicy =
	"default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
// Nothing that a mail holds runs, and nothing tells its sender that it was opened.
const mailPolicy =
	"sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/** `/mailbox`: pages for people and JSON for tests, on this machine only. */
export function mailboxRoute(mailbox: Mailbox): Route {
	return (request, response) => {
		reply(mailbox, request).then(
			(result) => answer(request, response, withDefaults(result)),
			(error: unknown) => {
				console.error('The mailbox failed:', error);
				answer(request, response, withDefaults({ status: 500, body: 'Internal error' }));
			}
		);
	};
}

async function reply(mailbox: Mailbox, request: IncomingMessage): Promise<Answer> {
	if (!isLocal(request)) return { status: 403, body: 'The mailbox is open on this machine only' };
	const url = new URL(request.url ?? '/', 'http://localhost');
	const path = url.pathname.replace(/^\/mailbox\/?/, '').replace(/\/$/, '');
	const method = request.method === 'HEAD' ? 'GET' : request.method;
	if (method !== 'GET' && !isOwnOrigin(request)) return { status: 403, body: 'Foreign origin' };
	const to = url.searchParams.get('to') ?? undefined;
	if (path.startsWith('api/messages')) {
		return api(mailbox, { method, id: path.slice('api/messages/'.length), to });
	}
	if (method === 'POST' && path === 'clear') {
		await mailbox.clear();
		return { status: 303, headers: { location: '/mailbox' } };
	}
	return method === 'GET' ? page(mailbox, path, to) : { status: 405, body: 'Not allowed' };
}

async function api(
	mailbox: Mailbox,
	{ method, id, to }: { method: string | undefined; id: string; to: string | undefined }
): Promise<Answer> {
	if (method === 'DELETE' && id === '') {
		await mailbox.clear();
		return { status: 204 };
	}
	if (method === 'DELETE') return (await mailbox.remove(id)) ? { status: 204 } : missing();
	if (method !== 'GET') return json({ message: 'Method not allowed' }, 405);
	if (id === '') return json({ messages: mailbox.list({ to }) });
	const message = mailbox.find(id);
	return message === null ? missing() : json(message);
}

function page(mailbox: Mailbox, path: string, to: string | undefined): Answer {
	if (path === '') return html(listPage(mailbox.list({ to }), to));
	if (path === 'style.css') {
		return { status: 200, headers: { 'content-type': 'text/css; charset=utf-8' }, body: styles };
	}
	const [id = '', part] = path.split('/');
	const message = mailbox.find(id);
	if (message === null) return html(missingPage(), 404);
	if (part === 'html') return mailBody(message);
	return part === undefined ? html(messagePage(message)) : html(missingPage(), 404);
}

function mailBody({ html: body }: Message): Answer {
	// Links open beside the mailbox, not inside of the frame.
	const document = `<base target="_blank">${body ?? ''}`;
	const headers = {
		'content-type': 'text/html; charset=utf-8',
		'content-security-policy': mailPolicy
	};
	return { status: 200, headers, body: document };
}

function html(body: string, status = 200): Answer {
	const headers = {
		'content-type': 'text/html; charset=utf-8',
		'content-security-policy': pagePolicy
	};
	return { status, headers, body };
}

function json(value: unknown, status = 200): Answer {
	return {
		...{ status, body: JSON.stringify(value) },
		headers: { 'content-type': 'application/json' }
	};
}

function missing(): Answer {
	return json({ message: 'No such mail' }, 404);
}

function withDefaults({ headers, ...rest }: Answer): Answer {
	return {
		...rest,
		headers: {
			'cache-control': 'no-store',
			'x-content-type-options': 'nosniff',
			'referrer-policy': 'no-referrer',
			...headers
		}
	};
}

/** The peer alone says little behind a proxy or to a page whose name was rebound: so the name too. */
function isLocal(request: IncomingMessage): boolean {
	const peer = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
	const name = (request.headers.host ?? '').replace(/:\d+$/, '');
	const proxied = request.headers['x-forwarded-for'] !== undefined;
	return (
		!proxied &&
		(peer.startsWith('127.') || peer === '::1') &&
		['127.0.0.1', 'localhost', '[::1]'].includes(name)
	);
}

/** A page elsewhere must not clear the mailbox; programs send no Origin. */
function isOwnOrigin({ headers }: IncomingMessage): boolean {
	return headers.origin === undefined || headers.origin === `http://${headers.host ?? ''}`;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatBytes } from '../status/format.ts';
import type { Status } from '../status/status.ts';
import { answer, pathOf } from './answer.ts';

const refreshSeconds = 5;
const headers = {
	'cache-control': 'no-store',
	'x-content-type-options': 'nosniff',
	'x-frame-options': 'DENY',
	'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'"
};

/** Of this machine and asked for by a name of this machine: no proxy, no foreign name that points here. */
function fromHere(request: IncomingMessage): boolean {
	const { headers: sent, socket } = request;
	const loopback = /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
	const local = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(sent.host ?? '');
	return loopback && local && !sent['x-forwarded-for'] && !sent.forwarded;
}

/** `/status` for people and `/status.json` for programs; 503 when something is not well. */
export async function serveStatus(
	request: IncomingMessage,
	response: ServerResponse,
	read: () => Promise<Status>
): Promise<void> {
	if (request.method !== 'GET' && request.method !== 'HEAD') {
		answer(request, response, { status: 405, headers: { ...headers, allow: 'GET, HEAD' } });
		return;
	}
	if (!fromHere(request)) {
		answer(request, response, { status: 403, headers, body: 'Only on this machine' });
		return;
	}
	const status = await read();
	const json = pathOf(request) === '/status.json';
	answer(request, response, {
		status: status.ok ? 200 : 503,
		headers: {
			...headers,
			'content-type': `${json ? 'application/json' : 'text/html'}; charset=utf-8`
		},
		body: json ? `${JSON.stringify(status, null, '\t')}\n` : render(status)
	});
}

function render(status: Status): string {
	const { parts, migrations, versions, bytes, pids } = status;
	const rows = Object.entries(parts).map(
		([name, { ok, detail }]) =>
			`<tr class="${ok ? 'ok' : 'bad'}"><th>${escape(name)}</th><td>${ok ? 'well' : 'not well'}</td>` +
			`<td>${escape(facts(detail))}</td></tr>`
	);
	const about: [string, string][] = [
		['Console and API', status.url],
		['Shop', status.shopUrl],
		['Started', status.startedAt],
		['Processes', facts({ stack: pids.stack, supervisor: pids.supervisor })],
		['Data', `${formatBytes(bytes.database)} database, ${formatBytes(bytes.storage)} files`],
		[
			'Migrations',
			`${migrations.applied.length} applied, ${migrations.pending.length} pending ${migrations.pending.join(', ')}`
		],
		['Versions', facts(versions)],
		['Asked', status.time]
	];
	return `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="${refreshSeconds}">
<title>${status.ok ? 'Well' : 'Not well'} – ChatIQ</title><style>${style}</style>
<h1 class="${status.ok ? 'ok' : 'bad'}">${status.ok ? 'All parts are well' : 'Something is not well'}</h1>
<table>${rows.join('\n')}</table>
<dl>${about.map(([name, value]) => `<dt>${name}</dt><dd>${escape(value)}</dd>`).join('\n')}</dl></html>\n`;
}

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:56rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #8884;vertical-align:top}
.ok td:nth-child(2),h1.ok{color:light-dark(#14683a,#7bd9a2)}
.bad td:nth-child(2),h1.bad{color:light-dark(#a8201a,#ff9d96)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.5rem}dd{margin:0;overflow-wrap:anywhere}`;

function facts(detail: Record<string, string | number | boolean | null>): string {
	return Object.entries(detail)
		.filter(([, value]) => value !== null)
		.map(([name, value]) => `${name.replaceAll('_', ' ')} ${String(value)}`)
		.join(', ');
}

function escape(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

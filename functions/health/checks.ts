import { connect as connectPlain } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { refusal, type ServiceClient } from '../_shared/database.ts';
import type { Check } from './check.ts';

type Env = (name: string) => string | undefined;

export function partChecks(client: ServiceClient, url: string, key: string, env: Env) {
	return {
		database: async () => {
			const { data, error } = await client.rpc('health_facts');
			if (error) throw refusal(error);
			return data;
		},
		realtime: (signal) => askRealtime(url, key, signal),
		storage: async () => {
			const { error } = await client.storage.listBuckets();
			if (error) throw error;
		},
		mail: (signal) => askMail(env, signal)
	} satisfies Record<string, Check>;
}

/** A heartbeat through a socket of its own, as every client sends it. */
function askRealtime(url: string, key: string, signal: AbortSignal): Promise<void> {
	const address = `${url.replace(/^http/, 'ws')}/realtime/v1/websocket?apikey=${encodeURIComponent(key)}&vsn=1.0.0`;
	const socket = new WebSocket(address);
	return new Promise<void>((resolve, reject) => {
		signal.addEventListener('abort', () => socket.close());
		socket.onopen = () => {
			socket.send(JSON.stringify({ topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '1' }));
		};
		socket.onmessage = () => {
			resolve();
			socket.close();
		};
		socket.onerror = () => {
			reject(new Error('The socket could not be opened.'));
		};
		socket.onclose = () => {
			reject(new Error('The socket was closed.'));
		};
	});
}

/** The greeting of the mail server; with an HTTP provider there is nothing to greet. */
async function askMail(env: Env, signal: AbortSignal): Promise<void> {
	if (env('MAIL_PROVIDER') === 'resend') {
		if (!env('RESEND_API_KEY')) throw new Error('RESEND_API_KEY is not set.');
		return;
	}
	const host = env('SMTP_HOST');
	if (!host) throw new Error('SMTP_HOST is not set.');
	const port = Number(env('SMTP_PORT') ?? 465);
	const socket =
		port === 465 ? connectSecure({ host, port, servername: host }) : connectPlain({ host, port });
	try {
		await new Promise<void>((resolve, reject) => {
			signal.addEventListener('abort', () => socket.destroy());
			socket.once('error', reject);
			socket.once('data', (greeting: Uint8Array) => {
				const code = new TextDecoder().decode(greeting).slice(0, 3);
				if (code === '220') resolve();
				else reject(new Error(`The greeting was ${code}.`));
			});
		});
	} finally {
		socket.destroy();
	}
}

import { once } from 'node:events';
import { createServer, connect as dial, type AddressInfo, type Socket as Plug } from 'node:net';
import { Socket } from '../../apps/widget/src/core/socket.ts';
import { createClient } from '@supabase/supabase-js';
import type { Backend } from './backend.ts';

/** One private topic, as a client sees it. */
export interface Topic {
	joined(): boolean;
	/** What came, in order. */
	events: { event: string; payload: unknown }[];
	broadcast(event: string, payload: object): void;
	leave(): void;
}

/** What the widget's socket client and realtime-js have in common. */
export interface LiveClient {
	join(topic: string): Topic;
	/** From here on the client has this token. */
	renewToken(token: string): Promise<void>;
	close(): void;
}

export type Connect = (backend: Backend, token: string) => LiveClient;

export const widgetClient: Connect = ({ url, publishableKey }, first) => {
	let token = first;
	const socket = new Socket({
		url: `${url.replace('http', 'ws')}/realtime/v1/websocket`,
		publishableKey,
		token: () => Promise.resolve(token)
	});
	return {
		join: (name) => {
			const events: Topic['events'] = [];
			const onevent = (event: string, payload: unknown) => events.push({ event, payload });
			const channel = socket.join(name, { onevent });
			return {
				events,
				joined: () => channel.joined,
				broadcast: (event, payload) => channel.broadcast(event, payload),
				leave: () => socket.leave(channel)
			};
		},
		renewToken: (renewed) => {
			token = renewed;
			return socket.renewToken();
		},
		close: () => socket.close()
	};
};

export const realtimeJs: Connect = (backend, first) => {
	let token = first;
	const client = createClient(backend.url, backend.publishableKey, {
		accessToken: () => Promise.resolve(token)
	});
	return {
		join: (name) => {
			const events: Topic['events'] = [];
			let joined = false;
			const channel = client.channel(name, { config: { private: true } });
			channel.on('broadcast', { event: '*' }, ({ event, payload }) => {
				events.push({ event, payload });
			});
			void client.realtime.setAuth().then(() =>
				channel.subscribe((status) => {
					joined = (status as string) === 'SUBSCRIBED';
				})
			);
			return {
				events,
				joined: () => joined,
				broadcast: (event, payload) => void channel.send({ type: 'broadcast', event, payload }),
				leave: () => void client.removeChannel(channel)
			};
		},
		renewToken: (renewed) => {
			token = renewed;
			return client.realtime.setAuth();
		},
		close: () => void client.realtime.disconnect()
	};
};

export interface Line {
	backend: Backend;
	/** Ends what goes through it; answers when somebody has dialled anew. */
	cut(): Promise<void>;
	close(): Promise<void>;
}

/** A way to the server that can be cut. */
export async function openLine(backend: Backend): Promise<Line> {
	const { hostname, port } = new URL(backend.url);
	const plugs = new Set<Plug>();
	const hangUp = () => plugs.forEach((plug) => plug.destroy());
	const server = createServer((near) => {
		const far = dial(Number(port), hostname);
		for (const plug of [near, far]) {
			plugs.add(plug);
			// That it is over, which is all that counts here, `close` says.
			plug.on('error', () => undefined);
			plug.once('close', () => plugs.delete(plug));
		}
		near.pipe(far).pipe(near);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		backend: { ...backend, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
		async cut() {
			const again = once(server, 'connection');
			hangUp();
			await again;
		},
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				hangUp();
			})
	};
}

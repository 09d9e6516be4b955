import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to the server that can be cut and mended, for browsers that have no switch for that. */
export interface CuttableLine {
	url: string;
	cut(): void;
	mend(): void;
	close(): Promise<void>;
}

export async function openCuttableLine(target: string): Promise<CuttableLine> {
	const { hostname, port } = new URL(target);
	const sockets = new Set<Socket>();
	let whole = true;
	const server = createServer((client) => {
		if (!whole) {
			client.destroy();
			return;
		}
		const upstream = connect(Number(port), hostname);
		for (const [socket, other] of [
			[client, upstream],
			[upstream, client]
		] as const) {
			sockets.add(socket);
			socket.pipe(other);
			// What broke is told by `close`, and the other end has to hear of it.
			socket.on('error', () => undefined);
			socket.once('close', () => {
				sockets.delete(socket);
				other.destroy();
			});
		}
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const cut = () => {
		whole = false;
		for (const socket of sockets) socket.destroy();
	};
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		cut,
		mend: () => {
			whole = true;
		},
		close: () => {
			cut();
			return new Promise((resolve) => server.close(() => resolve()));
		}
	};
}

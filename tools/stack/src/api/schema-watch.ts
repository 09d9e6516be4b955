import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Reloads the schema when the database says so: `notify pgrst`, which every migration causes. */
export async function watchSchema(
	databaseUrl: string,
	reload: () => Promise<void>
): Promise<() => Promise<void>> {
	const stopping = new AbortController();
	let listener = await listen(databaseUrl, reload);
	const watch = async () => {
		while (!stopping.signal.aborted) {
			await listener.ended;
			listener = (await reconnect(databaseUrl, reload, stopping.signal)) ?? listener;
		}
	};
	const watching = watch();
	return async () => {
		stopping.abort();
		await listener.client.end();
		await watching;
	};
}

type Listener = { client: pg.Client; ended: Promise<void> };

async function listen(databaseUrl: string, reload: () => Promise<void>): Promise<Listener> {
	const client = new pg.Client({ connectionString: databaseUrl });
	// The 'end' that follows an error is what counts.
	client.on('error', () => undefined);
	const ended = new Promise<void>((resolve) => void client.once('end', resolve));
	client.on('notification', () => {
		reload().catch((error: unknown) => {
			console.error('Cannot reload the schema:', error);
		});
	});
	await client.connect();
	await client.query('listen pgrst');
	return { client, ended };
}

async function reconnect(
	databaseUrl: string,
	reload: () => Promise<void>,
	signal: AbortSignal
): Promise<Listener | null> {
	while (!signal.aborted) {
		try {
			const listener = await listen(databaseUrl, reload);
			// Notifications may have been missed.
			await reload();
			return listener;
		} catch {
			// The server is not back yet; whoever asks the API meanwhile is told so.
			await sleep(100);
		}
	}
	return null;
}

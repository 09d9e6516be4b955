import pg from 'pg';

export interface Listener {
	close: () => Promise<void>;
}

export interface ListenOptions {
	databaseUrl: string;
	channel: string;
	applicationName: string;
	/** Called for each notification, and after each connection for those that were missed. */
	wake: () => void;
	log: (line: string) => void;
}

const retryMs = 250;

/** LISTEN that outlives the server's restarts; postgres.js gives up after one failed attempt. */
export function listen(options: ListenOptions): Listener {
	const { databaseUrl, channel, applicationName, wake, log } = options;
	let closed = false;
	let client: pg.Client;
	let retry: NodeJS.Timeout | undefined;

	async function connect(): Promise<void> {
		client = new pg.Client({
			connectionString: databaseUrl,
			application_name: applicationName,
			keepAlive: true
		});
		client.on('notification', wake);
		// 'end' follows every 'error'.
		client.on('error', (error) => log(`listening was interrupted: ${error.message}`));
		client.on('end', again);
		try {
			await client.connect();
			await client.query(`listen ${pg.escapeIdentifier(channel)}`);
			wake();
		} catch (error) {
			log(`cannot listen: ${String(error)}`);
			// A connection that was never made has no end.
			client.off('end', again);
			void client.end().catch(() => undefined);
			again();
		}
	}

	function again(): void {
		if (closed) return;
		clearTimeout(retry);
		retry = setTimeout(() => void connect(), retryMs);
	}

	void connect();
	return {
		async close() {
			closed = true;
			clearTimeout(retry);
			client.off('end', again);
			await client.end();
		}
	};
}

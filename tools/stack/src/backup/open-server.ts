import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKeys } from '../keys.ts';
import { startPostgres } from '../postgres.ts';
import { claimDataDirectory, readRun } from '../stack/run-file.ts';

export interface OpenServer {
	/** As the superuser. */
	url: string;
	close: () => Promise<void>;
}

/** The server of this data: the one that runs, else one that runs for as long as it is needed here. */
export async function openServer(dataDirectory: string): Promise<OpenServer> {
	if (!existsSync(join(dataDirectory, 'postgres')))
		throw new Error(`There is no data in ${dataDirectory}.`);
	const { databasePasswords: passwords } = await loadKeys(join(dataDirectory, 'keys.json'));
	if (readRun(dataDirectory)) {
		const url = `postgres://supabase_admin:${passwords.supabase_admin}@127.0.0.1:${runningPort(dataDirectory)}/postgres`;
		return { url, close: () => Promise.resolve() };
	}
	const release = claimDataDirectory(dataDirectory, { port: 0, url: 'npm run backup' });
	try {
		const server = await startPostgres({
			dataDirectory: join(dataDirectory, 'postgres'),
			passwords
		});
		return {
			url: server.url(),
			async close() {
				await server.stop();
				release();
			}
		};
	} catch (error) {
		release();
		throw error;
	}
}

/** The fourth line of the server's own file. */
function runningPort(dataDirectory: string): string {
	const file = join(dataDirectory, 'postgres/postmaster.pid');
	const port = existsSync(file) ? readFileSync(file, 'utf8').split('\n')[3] : undefined;
	if (!port) throw new Error('The database is being started. Try again in a moment.');
	return port;
}

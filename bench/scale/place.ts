import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadKeys } from '../../tools/stack/src/keys.ts';
import { startPostgres } from '../../tools/stack/src/postgres.ts';
import { startStack } from '../../tools/stack/src/stack.ts';
import { migrate } from '../../tools/stack/src/stack/migrate.ts';
import { withDatabase } from '../../tools/stack/src/with-database.ts';

const root = join(import.meta.dirname, '..', '..');

export interface Form {
	organizations: number;
	conversations: number;
	/** Loaded in one transaction. */
	chunk: number;
	/** Of the largest organisation; the others have five. */
	largestTeam: number;
	/** Of these the reports of the measured organisations are counted; the data reaches 361 days back. */
	statDays: number;
	sharedBuffers: string;
}

export const forms: Readonly<Record<'full' | 'small', Form>> = {
	full: {
		organizations: 1000,
		conversations: 1_000_000,
		chunk: 20_000,
		largestTeam: 50,
		statDays: 361,
		sharedBuffers: '2GB'
	},
	small: {
		organizations: 20,
		conversations: 4000,
		chunk: 2000,
		largestTeam: 50,
		statDays: 120,
		sharedBuffers: '256MB'
	}
};

/** Where the data of a form lies when nothing else is said: never among the developer's own. */
export const directoryOf = (form: keyof typeof forms): string =>
	join(root, '.chatiq', form === 'full' ? 'scale' : 'scale-small');

export interface Database {
	/** As the superuser. */
	url: string;
	/** As `postgres`, who owns the product's schema. */
	ownerUrl: string;
	stop: () => Promise<void>;
}

interface Options {
	directory: string;
	form: Form;
	/** False while loading: a crash then means to begin again. */
	durable: boolean;
}

/** Postgres alone on a data directory of its own, with the newest migrations. */
export async function openDatabase({ directory, form, durable }: Options): Promise<Database> {
	const dataDirectory = join(directory, 'postgres');
	if (!existsSync(dataDirectory)) await makeProject(directory);
	const keys = await loadKeys(join(directory, 'keys.json'));
	const server = await startPostgres({
		dataDirectory,
		durable,
		passwords: keys.databasePasswords,
		settings: {
			shared_buffers: form.sharedBuffers,
			max_wal_size: '16GB',
			checkpoint_timeout: '30min',
			maintenance_work_mem: '1GB',
			effective_io_concurrency: '64',
			random_page_cost: '1.1'
		}
	});
	try {
		const [url, ownerUrl] = [server.url(), server.url('postgres')];
		await withDatabase(url, (sql) =>
			migrate({ root, sql, databaseUrl: ownerUrl, log: (line) => console.log(line) })
		);
		return { url, ownerUrl, stop: () => server.stop() };
	} catch (error) {
		await server.stop();
		throw error;
	}
}

/** Auth, Storage and Realtime make schemas of their own: the whole stack has to have run once. */
async function makeProject(directory: string): Promise<void> {
	const stack = await startStack({
		root,
		dataDirectory: directory,
		port: 0,
		durable: false,
		serve: { console: false }
	});
	await stack.close();
}

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createBackup } from '../backup/create-backup.ts';
import { openServer } from '../backup/open-server.ts';
import { placesOf } from '../stack/places.ts';
import { withDatabase } from '../with-database.ts';
import { formatBytes } from '../status/format.ts';
import { fromCaller, readArguments, runCommand, UsageError } from './arguments.ts';

const help = `npm run backup                    everything into one file, running or not
npm run backup -- --to FILE       into this one (.chatiq/backups/chatiq-TIME.tar.gz)
npm run backup -- --data DIR      of this data folder

The file holds the database, uploaded files and all keys: keep it as safe as the data itself.`;

await runCommand(help, async () => {
	const { values, positionals, dataDirectory } = readArguments(help, { to: { type: 'string' } });
	if (positionals.length > 0) throw new UsageError(`Unexpected argument '${positionals[0] ?? ''}'`);
	const file = values.to === undefined ? defaultFile(dataDirectory) : fromCaller(values.to);
	if (existsSync(file)) throw new Error(`${file} exists; choose another name.`);
	const server = await openServer(dataDirectory);
	try {
		const { migrations } = await withDatabase(server.url, (sql) =>
			createBackup({ dataDirectory, file, sql })
		);
		console.log(`${file}  ${formatBytes(statSync(file).size)}, ${migrations.length} migrations`);
		console.log(
			'It holds all keys and messages: keep it safe. Back again: npm run restore -- FILE'
		);
	} finally {
		await server.close();
	}
	return 0;
});

function defaultFile(dataDirectory: string): string {
	const time = new Date()
		.toISOString()
		.replace(/\.\d+Z$/, '')
		.replaceAll(':', '-');
	return join(placesOf(dataDirectory).backups, `chatiq-${time}.tar.gz`);
}

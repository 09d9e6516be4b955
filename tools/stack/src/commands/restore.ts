import { mkdirSync, readdirSync } from 'node:fs';
import { restoreBackup } from '../backup/restore-backup.ts';
import { finishSwap, keptIn } from '../backup/swap.ts';
import { claimDataDirectory, readRun } from '../stack/run-file.ts';
import { fromCaller, readArguments, root, runCommand, UsageError } from './arguments.ts';

const help = `npm run restore -- FILE               the data of this backup instead of the present
npm run restore -- FILE --data DIR    into this data folder

ChatIQ must be stopped. The file is checked before anything is changed, and the replaced data is
kept in the data folder as before-restore.`;

await runCommand(help, async () => {
	const { values, positionals, dataDirectory } = readArguments(help, {
		/** For tests: the checkout whose migrations count. */
		root: { type: 'string', default: root }
	});
	const [file, ...others] = positionals;
	if (file === undefined || others.length > 0) throw new UsageError('Name one file to restore.');
	const run = readRun(dataDirectory);
	if (run)
		throw new Error(
			`ChatIQ runs on this data: ${run.url} (PID ${run.pid}). Stop it first: npm run stop`
		);
	mkdirSync(dataDirectory, { recursive: true });
	const release = claimDataDirectory(dataDirectory, { port: 0, url: 'npm run restore' });
	try {
		await finishSwap(dataDirectory);
		const manifest = await restoreBackup({
			root: values.root,
			dataDirectory,
			file: fromCaller(file)
		});
		console.log(`Restored the data of ${manifest.created_at}. Start it: npm start`);
		const kept = keptIn(dataDirectory);
		if (readdirSync(kept).length > 0)
			console.log(`What was here before lies in ${kept}; delete it when it is not needed.`);
	} finally {
		release();
	}
	return 0;
});

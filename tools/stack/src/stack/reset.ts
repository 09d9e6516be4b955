import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stopOrphan } from '../postgres/orphan.ts';
import { AlreadyRunning, readRun } from './run-file.ts';

/** With what a killed start leaves: half a cluster, half a file of keys. */
const ours =
	/^(postgres(\.init-\w+)?(\.pw)?|storage|mail|keys\.json(\.\w+)?|run\.json|stack\.log|restore-new|before-restore|restore\.json|upgrade\.json)$/;
/** Also ours, and wanted all the more after a reset. */
const kept = /^(logs|backups)$/;

/** Deletes what the stack keeps there, and nothing that somebody else put there. Answers whether there was any. */
export async function resetData(dataDirectory: string): Promise<boolean> {
	const run = readRun(dataDirectory);
	if (run) throw new AlreadyRunning(run);
	if (!existsSync(dataDirectory)) return false;
	const names = readdirSync(dataDirectory);
	if (names.some((name) => !ours.test(name) && !kept.test(name)) && !names.includes('keys.json'))
		throw new Error(`${dataDirectory} does not hold ChatIQ's data, so it is not deleted`);
	await stopOrphan(join(dataDirectory, 'postgres'), () => undefined);
	const doomed = names.filter((name) => ours.test(name));
	for (const name of doomed)
		rmSync(join(dataDirectory, name), { recursive: true, maxRetries: 20, retryDelay: 50 });
	return doomed.length > 0;
}

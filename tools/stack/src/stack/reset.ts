import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stopOrphan } from '../postgres/orphan.ts';
import { AlreadyRunning, readRun } from './run-file.ts';

const ours = ['postgres', 'storage', 'keys.json', 'run.json', 'stack.log'];

/** Deletes what the stack keeps there, and nothing that somebody else put there. */
export async function resetData(dataDirectory: string): Promise<void> {
	const run = readRun(dataDirectory);
	if (run) throw new AlreadyRunning(run);
	if (!existsSync(dataDirectory)) return;
	const foreign = readdirSync(dataDirectory).some((name) => !ours.includes(name));
	if (foreign && !existsSync(join(dataDirectory, 'keys.json')))
		throw new Error(`${dataDirectory} does not hold ChatIQ's data, so it is not deleted`);
	await stopOrphan(join(dataDirectory, 'postgres'), () => undefined);
	for (const name of ours) rmSync(join(dataDirectory, name), { recursive: true, force: true });
}

import { join } from 'node:path';
import { stopOrphan } from '../postgres/orphan.ts';
import { ended, isRunning, readRunFile, type Running } from '../stack/run-file.ts';
import { readArguments, runCommand } from './arguments.ts';

const help = `npm run stop                    stops ChatIQ, wherever it was started
npm run stop -- --data DIR      the one on this data folder
npm run stop -- --patience 20   seconds until it is ended by force (20)`;

await runCommand(help, async () => {
	const { values, dataDirectory } = readArguments(help, {
		patience: { type: 'string', default: '20' }
	});
	const patienceMs = Number(values.patience) * 1000;
	const run = readRunFile(dataDirectory);
	// The supervisor first: it would start the stack again.
	const processes = [run?.supervisor, run].filter(
		(process): process is Running => !!process && isRunning(process)
	);
	for (const process of processes) await stop(process, processes, patienceMs);
	// A stack that was killed may have left its database running.
	await stopOrphan(join(dataDirectory, 'postgres'), (line) => console.log(line));
	console.log(processes.length > 0 ? 'ChatIQ is stopped.' : 'ChatIQ does not run.');
	return 0;
});

async function stop(one: Running, all: Running[], patienceMs: number): Promise<void> {
	if (!isRunning(one)) return;
	process.kill(one.pid, 'SIGTERM');
	if (await ended(one, patienceMs)) return;
	console.log(
		`Process ${one.pid} does not end; ending it by force. Nothing that was stored is lost.`
	);
	for (const each of all) if (isRunning(each)) process.kill(each.pid, 'SIGKILL');
	// The kernel takes its time on a busy machine, however impatient somebody is.
	if (!(await ended(one, Math.max(patienceMs, 10_000))))
		throw new Error(`Process ${one.pid} cannot be ended.`);
}

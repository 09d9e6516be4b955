import { join } from 'node:path';
import { type StackMessage, Supervisor } from '../../scripts/supervisor.mjs';

export type SupervisorMessage = StackMessage;

// What `scripts/start.mjs` does once everything is installed; the parent is told instead of the terminal.
const root = join(import.meta.dirname, '../..');
const supervisor = new Supervisor({
	node: process.execPath,
	main: join(root, 'tools/stack/src/main.ts'),
	args: ['--data', process.argv[2] ?? '', '--no-fsync', '--quiet'],
	port: 0,
	onMessage: (message) => process.send?.(message),
	warn: (text) => console.error(text),
	// A test kills it again before it has lived long.
	crashes: 1_000,
	healthyAfterMs: 1_000
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
	process.on(signal, () => supervisor.stop(signal));
process.once('disconnect', () => supervisor.stop('SIGTERM'));
process.exit(await supervisor.run());

import { Supervisor } from '../../../../scripts/supervisor.mjs';

// What `npm start` does after installing, for a project of a test: ROOT DATA.
const [root = '', data = ''] = process.argv.slice(2);
const supervisor = new Supervisor({
	node: process.execPath,
	main: new URL('../../src/main.ts', import.meta.url).pathname,
	args: ['--root', root, '--data', data, '--no-fsync', '--quiet'],
	port: 0,
	onMessage: (message) => process.send?.(message),
	warn: (text) => console.error(text)
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
	process.on(signal, () => supervisor.stop(signal));
process.exit(await supervisor.run());

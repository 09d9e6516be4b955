import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultPort, startStack, type Stack } from './stack.ts';
import { resetData } from './stack/reset.ts';

const { values: flags } = parseArgs({
	options: {
		root: { type: 'string', default: resolve(import.meta.dirname, '../../..') },
		data: { type: 'string', default: '.chatiq/data' },
		port: { type: 'string', default: String(defaultPort) },
		/** For tests: a power cut may lose data, a kill -9 does not. */
		'no-fsync': { type: 'boolean', default: false },
		reset: { type: 'boolean', default: false }
	}
});
const dataDirectory = resolve(flags.data);

await serve();

async function serve(): Promise<void> {
	const ended = new AbortController();
	stopOnSignals(ended);
	let stack: Stack | null = null;
	try {
		if (flags.reset) await resetData(dataDirectory);
		stack = await startStack({
			root: resolve(flags.root),
			dataDirectory,
			port: Number(flags.port),
			durable: !flags['no-fsync'],
			signal: ended.signal,
			log: logTo(join(dataDirectory, 'stack.log')),
			onStep: (name, ms) => tell({ type: 'step', name, ms }),
			onMail: ({ to, subject, text }) => console.log(`\n[mail] ${to}: ${subject}\n${text}\n`)
		});
		const { url, shopUrl, keys } = stack;
		tell({ type: 'ready', url, shopUrl, publishableKey: keys.publishableKey });
		if (!ended.signal.aborted) await once(ended.signal, 'abort');
	} catch (error) {
		if (!ended.signal.aborted) {
			tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
			process.exitCode = 1;
		}
	}
	await stack?.close();
	if (process.connected) process.disconnect();
}

/** The first signal ends the stack in order; the second does not wait for it. */
function stopOnSignals(ended: AbortController): void {
	const stop = () => {
		if (ended.signal.aborted) process.exit(130);
		ended.abort();
	};
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
	// The process that started us is gone, perhaps killed: nobody would stop us later.
	process.once('disconnect', () => ended.abort());
}

/** Everything goes to the file; people see what their own functions say and what goes wrong. */
function logTo(file: string): (part: string, line: string) => void {
	mkdirSync(dirname(file), { recursive: true });
	const long = existsSync(file) && statSync(file).size > 8 * 1024 * 1024;
	const stream = createWriteStream(file, { flags: long ? 'w' : 'a' });
	return (part, line) => {
		stream.write(`${new Date().toISOString()} [${part}] ${line}\n`);
		if (part !== 'postgres') console.log(`[${part}] ${line}`);
	};
}

function tell(message: Record<string, unknown>): void {
	if (process.connected) process.send?.(message);
	else console.log(JSON.stringify(message));
}

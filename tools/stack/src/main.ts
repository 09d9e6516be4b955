import { once } from 'node:events';
import { resolve } from 'node:path';
import { format, parseArgs } from 'node:util';
import { isConnectionLost } from './realtime/database-errors.ts';
import { defaultPort, startStack, type Stack } from './stack.ts';
import { makeDataFolder } from './stack/data-folder.ts';
import { LogFile, type Level } from './stack/log-file.ts';
import { placesOf } from './stack/places.ts';
import { redact } from './stack/redact.ts';
import { resetData } from './stack/reset.ts';

const { values: flags } = parseArgs({
	options: {
		root: { type: 'string', default: resolve(import.meta.dirname, '../../..') },
		data: { type: 'string', default: '.chatiq/data' },
		port: { type: 'string', default: String(defaultPort) },
		/** For tests: a power cut may lose data, a kill -9 does not. */
		'no-fsync': { type: 'boolean', default: false },
		reset: { type: 'boolean', default: false },
		/** The parent starts this again when it is killed. */
		supervised: { type: 'boolean', default: false },
		/** The log goes to the file alone. */
		quiet: { type: 'boolean', default: false }
	}
});
const dataDirectory = resolve(flags.data);
const logFile = new LogFile(placesOf(dataDirectory).logs);
const print = { out: console.log.bind(console), err: console.error.bind(console) };

await serve();

async function serve(): Promise<void> {
	const ended = new AbortController();
	stopOnSignals(ended);
	recordConsole();
	outliveSessions();
	let stack: Stack | null = null;
	try {
		makeDataFolder(dataDirectory);
		if (flags.reset && (await resetData(dataDirectory)))
			log('stack', `the data in ${dataDirectory} was deleted; logs and backups stay`);
		stack = await startStack({
			root: resolve(flags.root),
			dataDirectory,
			port: Number(flags.port),
			durable: !flags['no-fsync'],
			signal: ended.signal,
			...(flags.supervised ? { supervisorPid: process.ppid } : {}),
			log,
			onStep: (name, ms) => tell({ type: 'step', name, ms }),
			onMail: ({ to, subject, text }) => print.out(`\n[mail] ${to}: ${subject}\n${text}\n`)
		});
		const { url, shopUrl, keys } = stack;
		log('stack', `ready on ${url}`);
		tell({ type: 'ready', url, shopUrl, publishableKey: keys.publishableKey });
		if (!ended.signal.aborted) await once(ended.signal, 'abort');
		log('stack', 'stopping');
	} catch (error) {
		if (!ended.signal.aborted) {
			const message = error instanceof Error ? error.message : String(error);
			// Not when the folder is not ours: nothing is written there then.
			if (stack) log('stack', format(error), 'error');
			tell({ type: 'failed', message });
			process.exitCode = 1;
		}
	}
	await stack?.close();
	logFile.close();
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

/**
 * A session that dies while postgres.js asks it for the types of arrays rejects a promise that nobody
 * has. Whose query it was is told by that query.
 */
function outliveSessions(): void {
	process.on('unhandledRejection', (reason) => {
		if (!isConnectionLost(reason)) throw reason;
		logFile.write('stack', `a database session died: ${String(reason)}`, 'warning');
	});
}

/** Everything goes to the file; people see what their own functions say and what goes wrong. */
function log(part: string, line: string, level?: Level): void {
	logFile.write(part, line, level);
	if (part !== 'postgres' && !flags.quiet) print.out(`[${part}] ${redact(line)}`);
}

/** What libraries and the console's server say of errors belongs into the log as well. */
function recordConsole(): void {
	const record =
		(level: Level) =>
		(...values: unknown[]): void => {
			const text = redact(format(...values));
			logFile.write('stack', text, level);
			print.err(text);
		};
	console.error = record('error');
	console.warn = record('warning');
}

function tell(message: Record<string, unknown>): void {
	if (process.connected) process.send?.(message);
	else print.out(JSON.stringify(message));
}

import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, readRun, type Run } from '../stack/run-file.ts';
import { formatBytes } from '../status/format.ts';
import type { Status } from '../status/status.ts';
import { readArguments, runCommand } from './arguments.ts';

const help = `npm run status                 what runs, and how it is
npm run status -- --json       the same for programs
npm run status -- --data DIR   of the stack on this data folder

Exit code: 0 all is well, 1 something is not, 3 nothing runs.`;

/** Between a crash and the next start nothing answers, yet soon. */
const attempts = 10;

await runCommand(help, async () => {
	const { values, dataDirectory } = readArguments(help, {
		json: { type: 'boolean', default: false }
	});
	const run = readRun(dataDirectory);
	if (!run) {
		console.log(
			values.json ? '{"running":false,"ok":false}' : 'ChatIQ does not run. Start it: npm start'
		);
		return 3;
	}
	const status = await ask(run);
	if (!status) {
		const state = isRunning(run) ? 'is starting or stopping' : 'is being started again';
		console.log(
			values.json
				? JSON.stringify({ running: true, ok: false, url: run.url })
				: `ChatIQ ${state} on ${run.url}; it does not answer yet.`
		);
		return 1;
	}
	console.log(
		values.json ? JSON.stringify({ running: true, ...status }, null, '\t') : describe(status)
	);
	return status.ok ? 0 : 1;
});

async function ask({ url }: Run): Promise<Status | null> {
	for (let attempt = 1; attempt <= attempts; attempt++) {
		const response = await fetch(`${url}/status.json`, {
			signal: AbortSignal.timeout(10_000)
		}).catch(() => null);
		// Until all parts are up the gateway answers 503 in plain text.
		if (response?.headers.get('content-type')?.startsWith('application/json'))
			return (await response.json()) as Status;
		await sleep(300);
	}
	return null;
}

function describe({ url, shopUrl, pids, parts, migrations, bytes, versions }: Status): string {
	const rows = [
		['Console', url],
		['Shop', shopUrl],
		['Processes', `stack ${pids.stack}${pids.supervisor ? `, supervisor ${pids.supervisor}` : ''}`],
		['Data', `${formatBytes(bytes.database)} database, ${formatBytes(bytes.storage)} files`],
		['Migrations', `${migrations.applied.length} applied, ${migrations.pending.length} pending`],
		['Versions', list(versions)],
		['', ''],
		...Object.entries(parts).map(([name, { ok, detail }]) => [
			`${ok ? '✓' : '✗'} ${name}`,
			list(detail)
		])
	];
	return rows.map(([name = '', value = '']) => `  ${name.padEnd(14)}${value}`.trimEnd()).join('\n');
}

function list(facts: Record<string, string | number | boolean | null>): string {
	return Object.entries(facts)
		.filter(([, value]) => value !== null)
		.map(([name, value]) => `${name} ${String(value)}`)
		.join(', ');
}

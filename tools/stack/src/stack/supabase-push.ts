import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MigrationFailed } from './upgrade.ts';

/** The command that a deployment runs: what it says of a migration holds for a hosted project. */
export async function supabasePush(root: string, databaseUrl: string): Promise<void> {
	const child = spawn(
		process.execPath,
		[
			supabaseCli(),
			'db',
			'push',
			`--remote=${databaseUrl}?sslmode=disable`,
			'--workdir',
			root,
			'--include-all',
			'--skip-vault',
			'--yes'
		],
		{ cwd: root, env: cliEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] }
	);
	let output = '';
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
	const { promise, resolve, reject } = Promise.withResolvers<number | null>();
	child.once('error', reject);
	child.once('close', resolve);
	if ((await promise) === 0) return;
	const failing = [...output.matchAll(/Applying migration (\S+?\.sql)/g)].at(-1)?.[1];
	throw new MigrationFailed(
		`${failing ? `The migration ${failing} failed` : 'supabase db push failed'}:\n${output.trim()}`
	);
}

function supabaseCli(): string {
	const manifest = createRequire(import.meta.url).resolve('supabase/package.json');
	return join(dirname(manifest), 'dist/supabase.js');
}

/** The developer's own Supabase settings must not turn this at another project. */
function cliEnvironment(): NodeJS.ProcessEnv {
	const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('SUPABASE_'));
	return {
		...Object.fromEntries(inherited),
		DO_NOT_TRACK: '1',
		SUPABASE_TELEMETRY_DISABLED: '1',
		SUPABASE_NO_UPDATE_NOTIFIER: '1',
		SUPABASE_NO_KEYRING: '1'
	};
}

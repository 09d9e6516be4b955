import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { redact } from '../../tools/stack/src/stack/redact.ts';
import type { DeployOptions } from './options.ts';

/** Runs the pinned Supabase CLI without asking anything; answers what it printed. */
export async function supabase(options: DeployOptions, args: string[]): Promise<string> {
	const child = spawn(process.execPath, [cli(), ...profile(options), ...args, '--yes'], {
		cwd: options.root,
		env: environment(options),
		stdio: ['ignore', 'pipe', 'pipe']
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
	const { promise, resolve, reject } = Promise.withResolvers<number | null>();
	child.once('error', reject);
	child.once('close', resolve);
	if ((await promise) !== 0)
		throw new Error(`supabase ${redact(args.join(' '))} failed:\n${redact(output.trim())}`);
	return output;
}

function cli(): string {
	const manifest = createRequire(import.meta.url).resolve('supabase/package.json');
	return join(dirname(manifest), 'dist/supabase.js');
}

/** Another management API is told to the CLI by a file. */
function profile({ apiUrl, stateDirectory }: DeployOptions): string[] {
	if (apiUrl === 'https://api.supabase.com') return [];
	mkdirSync(stateDirectory, { recursive: true });
	const file = join(stateDirectory, 'profile.json');
	const content = {
		name: 'chatiq',
		api_url: apiUrl,
		dashboard_url: apiUrl,
		project_host: 'supabase.co'
	};
	writeFileSync(file, JSON.stringify(content));
	return ['--profile', file];
}

function environment({ accessToken }: DeployOptions): NodeJS.ProcessEnv {
	const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('SUPABASE_'));
	return {
		...Object.fromEntries(inherited),
		SUPABASE_ACCESS_TOKEN: accessToken,
		DO_NOT_TRACK: '1',
		SUPABASE_TELEMETRY_DISABLED: '1',
		SUPABASE_NO_UPDATE_NOTIFIER: '1',
		SUPABASE_NO_KEYRING: '1'
	};
}

import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const help = `npm run deploy -- --project REF --dry-run   shows what would change, changes nothing
npm run deploy -- --project REF             does it, after asking
npm run deploy -- --project REF --yes       does it without asking, for CI

  --console-url URL   where the console will be reached: mails and sign-in lead there
  --data DIR          where generated keys are kept until the project has them (.chatiq/deploy)

It takes from the environment:
  SUPABASE_ACCESS_TOKEN   a personal access token (Dashboard → Account → Access tokens)
  SUPABASE_DB_PASSWORD    the database password of the project, or
  SUPABASE_DB_URL         a connection string of its own (Dashboard → Connect → Session pooler)

Every step looks first and does only what is missing: run it as often as you like.`;

export class UsageError extends Error {}

export interface DeployOptions {
	root: string;
	ref: string;
	dryRun: boolean;
	yes: boolean;
	consoleUrl: string | null;
	stateDirectory: string;
	accessToken: string;
	databaseUrl: string | null;
	databasePassword: string | null;
	/** Of the management API; another one in tests and for self-hosted management. */
	apiUrl: string;
	/** Where the project's API is reached. */
	projectUrl: string;
}

/** Null when only help was wanted. */
export function readOptions(argv: string[], env: NodeJS.ProcessEnv): DeployOptions | null {
	const flags = parse(argv);
	if (flags.help) return null;
	const ref = flags.project ?? '';
	if (!/^[a-z]{20}$/.test(ref))
		throw new UsageError('--project takes the reference of the project: 20 letters, as in its URL');
	const accessToken = env['SUPABASE_ACCESS_TOKEN'];
	if (!accessToken)
		throw new UsageError(
			'SUPABASE_ACCESS_TOKEN is not set: make one in the dashboard, then export it'
		);
	const from = env['INIT_CWD'] ?? process.cwd();
	const root = resolve(flags.root ?? join(import.meta.dirname, '../..'));
	return {
		root,
		ref,
		dryRun: flags['dry-run'],
		yes: flags.yes,
		consoleUrl: flags['console-url'] === undefined ? null : origin(flags['console-url']),
		stateDirectory: flags.data ? resolve(from, flags.data) : join(root, '.chatiq/deploy'),
		accessToken,
		databaseUrl: env['SUPABASE_DB_URL'] ?? null,
		databasePassword: env['SUPABASE_DB_PASSWORD'] ?? null,
		apiUrl: env['SUPABASE_API_URL'] ?? 'https://api.supabase.com',
		projectUrl: env['SUPABASE_PROJECT_URL'] ?? `https://${ref}.supabase.co`
	};
}

function parse(argv: string[]) {
	try {
		return parseArgs({
			args: argv,
			options: {
				project: { type: 'string' },
				'dry-run': { type: 'boolean', default: false },
				yes: { type: 'boolean', short: 'y', default: false },
				'console-url': { type: 'string' },
				data: { type: 'string' },
				root: { type: 'string' },
				help: { type: 'boolean', short: 'h', default: false }
			}
		}).values;
	} catch (cause) {
		throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
	}
}

function origin(url: string): string {
	if (!URL.canParse(url) || !/^https?:/.test(url))
		throw new UsageError(
			`--console-url takes an address such as https://chat.example.com, not '${url}'`
		);
	return new URL(url).origin;
}

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { readProjectConfig } from '../project-config.ts';

export interface FunctionConfig {
	entrypoint: string;
	verifyJwt: boolean;
}

/** The functions that `supabase functions deploy` would deploy: those that config.toml names. */
export function readFunctions(root: string): Map<string, FunctionConfig> {
	const { functions } = readProjectConfig(root);
	return new Map(
		Object.entries(functions)
			.filter(([, { enabled }]) => enabled)
			.map(([name, { entrypoint, verify_jwt }]) => [
				name,
				{
					entrypoint: resolve(root, 'supabase', entrypoint ?? `functions/${name}/index.ts`),
					verifyJwt: verify_jwt
				}
			])
	);
}

/** Folders with an index.ts that config.toml forgot: they would not be deployed either. */
export function unlistedFunctions(root: string, listed: Map<string, FunctionConfig>): string[] {
	const directory = join(root, 'functions');
	if (!existsSync(directory)) return [];
	return readdirSync(directory)
		.filter((name) => !/^[_.]/.test(name) && existsSync(join(directory, name, 'index.ts')))
		.filter((name) => !listed.has(name));
}

/**
 * Secrets of the developer's own, as `supabase secrets set` would hold them on a hosted project,
 * which keeps names that begin with SUPABASE_ to itself.
 */
export function readFunctionSecrets(
	root: string,
	refused: (name: string) => void = () => undefined
): Record<string, string> {
	const file = join(root, 'functions/.env');
	if (!existsSync(file)) return {};
	const secrets = Object.entries(parseEnv(readFileSync(file, 'utf8')));
	for (const [name] of secrets) if (name.startsWith('SUPABASE_')) refused(name);
	return Object.fromEntries(
		secrets
			.filter(([name]) => !name.startsWith('SUPABASE_'))
			.map(([name, value]) => [name, value ?? ''])
	);
}

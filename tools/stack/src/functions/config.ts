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

/** Secrets of the developer's own, as `supabase secrets set` would hold them on a hosted project. */
export function readFunctionSecrets(root: string): Record<string, string> {
	const file = join(root, 'functions/.env');
	if (!existsSync(file)) return {};
	return Object.fromEntries(
		Object.entries(parseEnv(readFileSync(file, 'utf8'))).map(([name, value]) => [name, value ?? ''])
	);
}

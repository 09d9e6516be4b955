import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { AuthConfig } from './auth/config.ts';

const LocalSmtp = z.object({ smtp_port: z.number().int().default(0) });

/** The part of supabase/config.toml that the stack follows; the rest is for the hosted project. */
const ProjectConfig = z.object({
	api: z
		.object({
			schemas: z.array(z.string()).min(1).default(['public']),
			max_rows: z.int().positive().default(1000)
		})
		.prefault({}),
	functions: z
		.record(
			z.string(),
			z.object({
				enabled: z.boolean().default(true),
				verify_jwt: z.boolean().default(true),
				entrypoint: z.string().optional()
			})
		)
		.default({}),
	auth: AuthConfig.prefault({}),
	/** Of these only the port: the mailbox's pages are on the gateway. */
	local_smtp: LocalSmtp.optional(),
	/** What the CLI called it before. */
	inbucket: LocalSmtp.optional()
});
export type ProjectConfig = z.infer<typeof ProjectConfig>;

export function readProjectConfig(root: string): ProjectConfig {
	const file = join(root, 'supabase/config.toml');
	if (!existsSync(file)) return ProjectConfig.parse({});
	const dotEnv = join(root, 'supabase/.env');
	const stored = existsSync(dotEnv) ? parseEnv(readFileSync(dotEnv, 'utf8')) : {};
	const text = readFileSync(file, 'utf8');
	return ProjectConfig.parse(resolveSecrets(parse(text), { ...stored, ...process.env }));
}

/** `env(NAME)` is the way of the CLI to keep a secret out of the file; without the name it is empty. */
function resolveSecrets(value: unknown, env: NodeJS.Dict<string>): unknown {
	if (typeof value === 'string') {
		const name = /^env\((\w+)\)$/.exec(value)?.[1];
		return name === undefined ? value : (env[name] ?? '');
	}
	if (Array.isArray(value)) return value.map((item: unknown) => resolveSecrets(item, env));
	if (typeof value !== 'object' || value === null || value instanceof Date) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, item]) => [key, resolveSecrets(item, env)])
	);
}

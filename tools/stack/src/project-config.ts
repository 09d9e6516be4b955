import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';

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
	auth: z
		.object({
			additional_redirect_urls: z.array(z.string()).default([]),
			enable_anonymous_sign_ins: z.boolean().default(false),
			email: z.object({ enable_confirmations: z.boolean().default(false) }).prefault({})
		})
		.prefault({})
});
export type ProjectConfig = z.infer<typeof ProjectConfig>;

export function readProjectConfig(root: string): ProjectConfig {
	const file = join(root, 'supabase/config.toml');
	return ProjectConfig.parse(existsSync(file) ? parse(readFileSync(file, 'utf8')) : {});
}

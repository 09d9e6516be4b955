import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtinModules } from 'node:module';
import { build, type Plugin } from 'esbuild';
import { readFunctions } from '../../tools/stack/src/functions/config.ts';

export interface FunctionBundle {
	name: string;
	verifyJwt: boolean;
	code: string;
}

/** The edge runtime brings Node's modules, under their full names only. */
const nodeBuiltins: Plugin = {
	name: 'node-builtins',
	setup({ onResolve }) {
		onResolve({ filter: /^(node:)?[\w/]+$/ }, ({ path }) => {
			const name = path.replace(/^node:/, '');
			return builtinModules.includes(name) ? { path: `node:${name}`, external: true } : null;
		});
	}
};

/**
 * One file per function with all that it imports, at the versions of the lock file: what runs there
 * does not depend on how a server resolves names or what it finds on a registry that day.
 */
export async function bundleFunctions(root: string): Promise<FunctionBundle[]> {
	return Promise.all(
		[...readFunctions(root)].map(async ([name, { entrypoint, verifyJwt }]) => {
			const { outputFiles } = await build({
				entryPoints: [entrypoint],
				absWorkingDir: root,
				bundle: true,
				write: false,
				format: 'esm',
				platform: 'neutral',
				mainFields: ['module', 'main'],
				conditions: ['deno', 'worker', 'browser', 'import'],
				plugins: [nodeBuiltins],
				target: 'es2022',
				legalComments: 'none',
				logLevel: 'silent'
			});
			return { name, verifyJwt, code: outputFiles[0]?.text ?? '' };
		})
	);
}

export function hashOf(bundles: FunctionBundle[]): string {
	const hash = createHash('sha256');
	for (const { name, verifyJwt, code } of bundles.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
		hash.update(JSON.stringify([name, verifyJwt, code]));
	return hash.digest('hex');
}

/** A project folder for the CLI that holds the bundles and nothing else. */
export function writeBundles(bundles: FunctionBundle[], directory: string): void {
	rmSync(directory, { recursive: true, force: true });
	const sections = bundles.map(
		({ name, verifyJwt }) =>
			`[functions.${name}]\nverify_jwt = ${verifyJwt}\nentrypoint = "./functions/${name}/index.js"\n`
	);
	for (const { name, code } of bundles) {
		mkdirSync(join(directory, 'supabase/functions', name), { recursive: true });
		writeFileSync(join(directory, 'supabase/functions', name, 'index.js'), code);
	}
	const config = ['project_id = "chatiq"\n', ...sections].join('\n');
	writeFileSync(join(directory, 'supabase/config.toml'), config);
}

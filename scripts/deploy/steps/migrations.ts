import { join } from 'node:path';
import { appliedVersions, readMigrations } from '../../../tools/stack/src/stack/migrate.ts';
import { withSql } from '../database.ts';
import type { Step } from '../step.ts';
import { supabase } from '../supabase-cli.ts';

export const migrations: Step = {
	name: 'Migrations',
	async look({ options, databaseUrl }) {
		const local = readMigrations(join(options.root, 'supabase/migrations'));
		const applied = new Set(await withSql(databaseUrl, appliedVersions));
		const pending = local.filter(({ version }) => !applied.has(version));
		const known = new Set(local.map(({ version }) => version));
		const unknown = [...applied].filter((version) => !known.has(version));
		if (unknown.length > 0)
			throw new Error(
				`The project has migrations that are not here: ${unknown.join(', ')}. Update this checkout first.`
			);
		return {
			changes: pending.map(({ name }) => `apply ${name}`),
			apply: async () => {
				const remote = `--remote=${databaseUrl}`;
				const where = ['--workdir', options.root, '--include-all', '--skip-vault'];
				await supabase(options, ['db', 'push', remote, ...where]);
			}
		};
	}
};

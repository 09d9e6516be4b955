import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');

interface Advice {
	results: { level: string; name: string; detail: string }[];
}

// What it informs of is left out: on a new database no index has been used, private tables have no policies because
// nobody reaches them, and it wants every column of a foreign key in an index where the first one finds the rows.
it('Supabase’s own advisors warn of nothing', async () => {
	const { stdout } = await promisify(execFile)(
		join(root, 'node_modules', '.bin', 'supabase'),
		[
			...['db', 'advisors', `--remote=${inject('backend').databaseUrl}`],
			...['--type', 'all', '--level', 'warn', '--fail-on', 'none', '--output-format', 'json']
		],
		{ cwd: root, env: { ...process.env, PGSSLMODE: 'disable', SUPABASE_TELEMETRY_DISABLED: '1' } }
	);
	const { results } = JSON.parse(stdout) as Advice;
	expect(results.map(({ level, name, detail }) => `${level} ${name}: ${detail}`)).toEqual([]);
});

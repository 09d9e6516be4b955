// npm run test:delivery [-- --long] [--seed N]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { long: { type: 'boolean' }, seed: { type: 'string' } } });
const root = join(import.meta.dirname, '..', '..');
const { status } = spawnSync(
	process.execPath,
	[join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'delivery'],
	{
		cwd: root,
		stdio: 'inherit',
		env: {
			...process.env,
			...(values.long && { CHATIQ_SENDS: '10000' }),
			...(values.seed !== undefined && { CHATIQ_SEED: values.seed })
		}
	}
);
process.exitCode = status ?? 1;

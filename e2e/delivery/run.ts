// npm run test:delivery [-- --sends N] [--seed N]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { sends: { type: 'string' }, seed: { type: 'string' } } });
const root = join(import.meta.dirname, '..', '..');
const { status } = spawnSync(
	process.execPath,
	[join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'delivery'],
	{
		cwd: root,
		stdio: 'inherit',
		env: {
			...process.env,
			...(values.sends !== undefined && { CHATIQ_SENDS: values.sends }),
			...(values.seed !== undefined && { CHATIQ_SEED: values.seed })
		}
	}
);
process.exitCode = status ?? 1;

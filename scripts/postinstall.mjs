// After `npm install`: makes what the first start would have to make. A start does without as well.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { capture, projectNode, root } from './run.mjs';

const script = join(root, 'tools/stack/src/postgres/prepare-template.ts');
if (existsSync(projectNode())) {
	const { code, output } = await capture(projectNode(), [script]);
	if (code !== 0) console.warn(`No database is prepared, so the first start does it:\n${output}`);
}

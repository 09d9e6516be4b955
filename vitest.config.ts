import { existsSync, globSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Every workspace that has a vitest config is a project; one without it has no tests to run. */
const projects = globSync([
	'tools/stack',
	'packages/*',
	'functions',
	'apps/*',
	'e2e',
	'e2e/delivery',
	'bench'
])
	.filter((directory) => existsSync(`${directory}/vitest.config.ts`))
	// Beside those that run without a browser.
	.concat('apps/admin/vitest.browser.config.ts');

export default defineConfig({ test: { projects } });

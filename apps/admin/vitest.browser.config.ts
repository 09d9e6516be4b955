import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import journeys from '../../e2e/playwright.config.ts';

// As in vitest.config.ts: Kit writes what tsconfig.json extends.
const withoutTsconfig: object = { tsconfig: false };

/** Pieces of the console in a real browser: focus, top layer and pointers are the browser's. */
export default defineConfig({
	root: import.meta.dirname,
	plugins: [tailwindcss(), svelte()],
	oxc: withoutTsconfig,
	cacheDir: join(import.meta.dirname, 'node_modules/.vite-ui'),
	// Found while the tests run, it would load their page again.
	optimizeDeps: { include: ['vitest-browser-svelte', 'axe-core'] },
	test: {
		name: 'ui',
		include: ['src/lib/**/spec/*.spec.ts'],
		browser: {
			enabled: true,
			headless: true,
			screenshotFailures: false,
			provider: playwright({ launchOptions: journeys.use?.launchOptions ?? {} }),
			viewport: { width: 1000, height: 700 },
			instances: [{ browser: 'chromium' }]
		}
	}
});

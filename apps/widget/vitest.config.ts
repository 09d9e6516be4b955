import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
	plugins: [svelte({ configFile: false })],
	// State classes run with their signals, as in the browser.
	resolve: { conditions: ['browser'] },
	test: { name: 'widget', include: ['src/**/*.test.ts', 'test/**/*.test.ts'] }
});

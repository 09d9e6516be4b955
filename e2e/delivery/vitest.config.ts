import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// For the same reasons as in apps/admin/vitest.config.ts: the console's classes run here without Kit and DOM.
const withoutTsconfig: object = { tsconfig: false };

export default defineConfig({
	plugins: [svelte()],
	oxc: withoutTsconfig,
	resolve: { conditions: ['browser'] },
	test: {
		name: 'delivery',
		include: ['*.test.ts'],
		globalSetup: ['global-setup.ts'],
		fileParallelism: false,
		testTimeout: 60_000,
		hookTimeout: 60_000
	}
});

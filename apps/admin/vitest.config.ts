import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
	plugins: [svelte()],
	// Kit writes the tsconfig of this folder; these tests do without Kit.
	oxc: { tsconfig: false },
	// State classes run without a DOM, but as the browser's Svelte: the server build has no reactivity.
	resolve: { conditions: ['browser'] },
	test: { name: 'admin', include: ['src/**/*.test.ts'] }
});

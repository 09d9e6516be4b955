import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// Kit writes what tsconfig.json extends; these tests do without Kit. The option is missing in Vite's types.
const withoutTsconfig: object = { tsconfig: false };

export default defineConfig({
	plugins: [svelte()],
	oxc: withoutTsconfig,
	// State classes run without a DOM, but as the browser's Svelte: the server build has no reactivity.
	resolve: { conditions: ['browser'] },
	test: {
		name: 'admin',
		include: ['src/**/*.test.ts'],
		// Each file for itself evaluates the console's modules anew, which takes four times as long as the tests.
		isolate: false,
		unstubGlobals: true
	}
});

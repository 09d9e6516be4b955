import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		name: 'api',
		include: ['api/**/*.test.ts'],
		globalSetup: ['api/global-setup.ts'],
		fileParallelism: false,
		isolate: false,
		testTimeout: 30_000,
		hookTimeout: 60_000,
		expect: { poll: { timeout: 15_000 } }
	}
});

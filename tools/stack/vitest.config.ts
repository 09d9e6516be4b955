import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		name: 'stack',
		include: ['test/**/*.test.ts'],
		// Every file boots its own Postgres on free ports, and spends most of its time waiting for it.
		maxWorkers: 2,
		// No file leaves anything behind in its process, and the stack's modules take a second to load.
		isolate: false,
		// A number of workers of its own needs a turn of its own: after the other projects.
		sequence: { groupOrder: 1 },
		// Looks often, so that no test waits longer than it must, and long, for machines under load.
		expect: { poll: { interval: 5, timeout: 20_000 } },
		testTimeout: 60_000,
		hookTimeout: 120_000
	}
});

import { defineConfig } from '@playwright/test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const chromium = [
	process.env['CHROMIUM_PATH'],
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome'
].find((path) => path !== undefined && existsSync(path));

export default defineConfig({
	testDir: 'journeys',
	// One stack serves all journeys; each makes its own tenants, but two cores do not carry more than one browser well.
	workers: 1,
	forbidOnly: true,
	// Machines that run CI are shared: a journey takes seconds on a quiet one.
	timeout: 150_000,
	expect: { timeout: 20_000 },
	// What fails once only is told by name at the end.
	retries: process.env['CI'] ? 1 : 0,
	outputDir: '../test-results/journeys',
	globalSetup: './support/global-setup.ts',
	use: {
		browserName: 'chromium',
		headless: true,
		// A trace of every journey costs a third of all its time: ask for one with `--trace retain-on-failure`.
		trace: 'off',
		screenshot: 'only-on-failure',
		launchOptions: {
			...(chromium === undefined ? {} : { executablePath: chromium }),
			// Chromium as root needs no sandbox; without background networking it does not call home.
			args: [
				...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync'
			]
		}
	},
	metadata: { root: join(import.meta.dirname, '..') }
});

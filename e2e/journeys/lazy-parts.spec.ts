import { join } from 'node:path';
import { expect, type Page, test as base } from '@playwright/test';
import { bundlePanel, type ChunkFile, named } from '../../apps/widget/scripts/panel-chunks.ts';
import { serveFlakyFiles, type FlakyFiles } from '../support/flaky-files.ts';

const test = base.extend<
	{ files: FlakyFiles },
	{ chunks: { panel: ChunkFile; lazy: ChunkFile[] } }
>({
	chunks: [
		// eslint-disable-next-line no-empty-pattern -- Playwright reads the fixture's dependencies from the pattern
		async ({}, use) => {
			const { panel, lazy } = await bundlePanel(
				join(import.meta.dirname, '../fixtures/lazy-panel')
			);
			await use({ panel: named('panel', panel), lazy });
		},
		{ scope: 'worker' }
	],
	files: async ({ chunks }, use) => {
		const all = [chunks.panel, ...chunks.lazy].map(({ name, code }) => [name, code] as const);
		const page = `<!doctype html><title>Lazy</title><main></main>`;
		const files = await serveFlakyFiles(new Map([...all, ['', page]]));
		await use(files);
		await files.close();
	}
});

/** As the loader does it: another fragment after a failure. */
async function start(page: Page, files: FlakyFiles, panel: string): Promise<void> {
	await page.goto(files.origin);
	await page.evaluate(async (address) => {
		type Module = { start: (target: Element | null) => void };
		const panel = await (import(address) as Promise<Module>).catch(
			() => import(`${address}#1`) as Promise<Module>
		);
		panel.start(document.querySelector('main'));
	}, `${files.origin}/${panel}`);
}

test('lazy parts share one Svelte with the panel, also after a line that failed', async ({
	page,
	chunks,
	files
}) => {
	const errors: Error[] = [];
	page.on('pageerror', (error) => errors.push(error));
	const names = [chunks.panel, ...chunks.lazy].map(({ name }) => name);
	for (const name of names) files.cuts.set(name, 1);
	await start(page, files, chunks.panel.name);
	expect(files.served.filter((name) => name !== '' && name !== 'favicon.ico')).toEqual([
		chunks.panel.name
	]);
	await page.getByRole('button', { name: 'Load' }).click();
	// What two of them share exists once.
	await expect(page.getByText('shared a ab')).toBeVisible();
	// Context and state of the panel's own Svelte, in a component that came later.
	await page.getByRole('button', { name: 'the panel counts 0 of size 1' }).click();
	await page.getByRole('button', { name: 'Grow' }).click();
	await page.getByRole('button', { name: 'the panel counts 1' }).click();
	await expect(page.getByRole('button', { name: 'the panel counts 2 of size 2' })).toBeVisible();
	await page.getByLabel('Text').fill('!');
	await expect(page.getByRole('button', { name: 'size 2!' })).toBeVisible();
	for (const name of names) expect(files.served.filter((other) => other === name)).toEqual([name]);
	expect(errors).toEqual([]);
});

// Svelte's scheduler and blocks are replaced by shorter ones in the widget (`lean-modules.ts`).
test('lists in any order become what they should be, and what stays is not made anew', async ({
	page,
	chunks,
	files
}) => {
	await page.goto(files.origin);
	const mistakes = await page.evaluate(async (address) => {
		type Module = { shuffle: (target: Element | null, rounds: number) => string[] };
		const { shuffle } = (await import(address)) as Module;
		return shuffle(document.querySelector('main'), 500);
	}, `${files.origin}/${chunks.panel.name}`);
	expect(mistakes).toEqual([]);
});

test(
	'a part that cannot be had says so, and can be asked for again',
	{ tag: '@long' },
	async ({ page, chunks, files }) => {
		const first = chunks.lazy.find(({ name }) => name.startsWith('first-'))?.name ?? '';
		files.cuts.set(first, Infinity);
		await start(page, files, chunks.panel.name);
		await page.getByRole('button', { name: 'Load' }).click();
		await expect(page.getByText('failed')).toBeVisible({ timeout: 20_000 });
		files.cuts.delete(first);
		await page.getByRole('button', { name: 'Load' }).click();
		await expect(page.getByText('shared')).toBeVisible();
	}
);

import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { uuidv7 } from '@chatiq/contracts/ids';
import { signIdentity } from '../support/identity.ts';
import { expect, log, test, write } from '../support/journey.ts';
import { watchPage } from '../support/watch-page.ts';

const root = join(import.meta.dirname, '../..');

/** The names in the first column of the table under a heading of `docs/widget.md`. */
async function documented(heading: string): Promise<string[]> {
	const page = await readFile(join(root, 'docs/widget.md'), 'utf8');
	const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
	return [...section.matchAll(/^\| `(\w+)/gm)].map(([, name]) => name ?? '').sort();
}

/** As a bundler of the customer's app makes it. */
async function bundledSdk(): Promise<string> {
	const { outputFiles } = await build({
		entryPoints: [join(root, 'packages/sdk/src/index.ts')],
		...{ bundle: true, write: false, format: 'iife', globalName: 'sdk' }
	});
	return outputFiles[0]?.text ?? '';
}

test('the package and the script do what docs/widget.md says', async ({
	backend,
	page,
	shop,
	sql,
	tenant
}) => {
	const suffering = await watchPage(page);
	const operator = await tenant.addMember('operator');
	await page.goto(shop.fixture('spa', tenant.site.site_key));
	await page.addScriptTag({ content: await bundledSdk() });
	const options = { src: `${backend.url}/widget.js`, siteKey: tenant.site.site_key };
	// As a strict React does it: there, gone and there again before the script has come.
	await page.evaluate((options) => {
		type Sdk = typeof import('../../packages/sdk/src/index.ts');
		const { sdk } = window as unknown as { sdk: Sdk };
		const first = sdk.loadWidget(options);
		first.open();
		first.destroy();
		const widget = sdk.loadWidget({ ...options, size: 'large', position: 'left' });
		const heard: Record<string, unknown[]> = {};
		for (const name of ['ready', 'open', 'close', 'message', 'unread'] as const) {
			widget.on(name, (detail: unknown) => (heard[name] ??= []).push(detail));
		}
		Object.assign(window, { heard, widget });
	}, options);
	const call = (code: string) => page.evaluate(`widget.${code}`);
	const heard = () => page.evaluate<Record<string, unknown[]>>('heard');
	const bubble = page.getByRole('button', { name: /^Open chat/ });
	await expect(bubble).toBeVisible();
	await expect(page.locator('chatiq-widget')).toHaveCount(1);
	await expect.poll(heard).toEqual({ ready: [undefined] });
	expect((await bubble.boundingBox())?.width).toBe(64);

	const methods = await page.evaluate<string[]>('Object.keys(chtq)');
	expect(methods.sort()).toEqual(await documented('Methods'));
	expect(['close', 'message', 'open', 'ready', 'unread']).toEqual(await documented('Events'));

	const dialog = page.getByRole('dialog');
	await call('open()');
	await expect(dialog).toBeVisible();
	await call('identify("no token at all, but long")');
	await expect.poll(() => suffering.said).toEqual([expect.stringContaining('identify()')]);
	await call(
		`identify(${JSON.stringify(await signIdentity(sql, tenant.site.id, { sub: 'u-1', name: 'Iryna' }))})`
	);
	await write(page, 'Hello');
	await expect(log(page).getByText('Sent', { exact: true })).toBeAttached();
	const [visitor] = await sql<{ name: string; verified: boolean }[]>`
		select name, verified from public.visitors where site_id = ${tenant.site.id}`;
	expect(visitor).toEqual({ name: 'Iryna', verified: true });
	await call('setLanguage("uk")');
	await expect(page.getByRole('textbox', { name: 'Повідомлення' })).toBeVisible();
	await call('setLanguage("auto")');
	await expect(page.getByRole('textbox', { name: 'Message' })).toBeVisible();
	await call('close()');
	await expect(dialog).toHaveCount(0);
	const [conversation] = await sql<{ id: string }[]>`
		select id from public.conversations where site_id = ${tenant.site.id}`;
	await operator.client
		.rpc('send_operator_message', {
			conversation_id: conversation?.id ?? '',
			message_id: uuidv7(),
			body: 'Welcome',
			seen_seq: 1
		})
		.throwOnError();
	await expect(page.getByRole('button', { name: 'Open chat, unread: 1' })).toBeVisible();
	await expect.poll(heard).toMatchObject({
		...{ ready: [undefined], open: [undefined], close: [undefined], unread: [1] },
		message: [{ body: 'Welcome', author_name: operator.name }]
	});
	await call('hide()');
	await expect(bubble).toBeHidden();
	await call('toggle()');
	await expect(dialog).toBeVisible();
	await call('toggle()');
	await call('show()');
	await expect(bubble).toBeVisible();
	await call('logout()');
	await call('open()');
	await expect(dialog).toBeVisible();
	await expect(log(page).getByText('Hello')).toHaveCount(0);
	await call('destroy()');
	await expect(page.locator('chatiq-widget')).toHaveCount(0);
	expect(await page.evaluate('"chtq" in window')).toBe(false);
	await call('open()');
	await page.evaluate((options) => {
		const { sdk } = window as unknown as { sdk: typeof import('../../packages/sdk/src/index.ts') };
		Object.assign(window, { widget: sdk.loadWidget(options) });
	}, options);
	await expect(bubble).toBeVisible();
	expect(suffering.errors).toEqual([]);
	expect(suffering.said).toHaveLength(1);
});

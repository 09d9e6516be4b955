import {
	type Browser,
	type BrowserContext,
	expect,
	type Page,
	test as base
} from '@playwright/test';
import { siteFilePath, siteFilesBucket } from '@chatiq/contracts/site';
import type postgres from 'postgres';
import { type Backend, connectSql } from './backend.ts';
import { openShop, type Shop } from './shop.ts';
import { createTenant, type Person, type Tenant } from './tenant.ts';

interface Fixtures {
	backend: Backend;
	sql: postgres.Sql;
	shop: Shop;
	tenant: Tenant;
	/** A page of an operator who has signed in and stands in the inbox. */
	signIn(person: Person): Promise<Page>;
	/** A page of a visitor on the shop, with the chat open. */
	visit(tenant?: Tenant): Promise<Page>;
}

export { expect };

export const test = base.extend<Fixtures>({
	// eslint-disable-next-line no-empty-pattern -- Playwright reads the fixture's dependencies from the pattern
	backend: async ({}, use) => {
		await use(JSON.parse(process.env['CHATIQ_BACKEND'] ?? '') as Backend);
	},
	sql: async ({ backend }, use) => {
		const sql = connectSql(backend);
		await use(sql);
		await sql.end();
	},
	shop: async ({ backend }, use) => {
		const shop = await openShop(backend.url);
		await use(shop);
		await shop.close();
	},
	tenant: async ({ backend, sql, shop }, use) => {
		await use(await createPublishedTenant(backend, sql, 'Journey', shop.origin));
	},
	signIn: async ({ browser, backend }, use) => {
		await withContexts(browser, async (open) => {
			await use(async (person) => {
				const page = await (await open()).newPage();
				await page.goto(`${backend.url}/login`);
				await page.getByLabel('E-mail').fill(person.email);
				await page.getByLabel('Password', { exact: true }).fill(person.password);
				await page.getByRole('button', { name: 'Sign in' }).click();
				await page.waitForURL('**/inbox');
				return page;
			});
		});
	},
	visit: async ({ browser, shop, tenant }, use) => {
		await withContexts(browser, async (open) => {
			await use(async (of = tenant) => {
				const page = await (await open()).newPage();
				await page.goto(shop.page(of.site.site_key));
				await page.getByRole('button', { name: 'Open chat' }).click();
				await expect(page.getByRole('dialog')).toBeVisible();
				return page;
			});
		});
	}
});

/** A tenant whose public settings file is there, as it is for any site older than a moment. */
export async function createPublishedTenant(
	...args: Parameters<typeof createTenant>
): Promise<Tenant> {
	const tenant = await createTenant(...args);
	const file = `${args[0].url}/storage/v1/object/public/${siteFilesBucket}/${siteFilePath(tenant.site.site_key)}`;
	const status = async () => (await fetch(file)).status;
	await expect.poll(status, { timeout: 30_000 }).toBe(200);
	return tenant;
}

async function withContexts(
	browser: Browser,
	run: (open: () => Promise<BrowserContext>) => Promise<void>
): Promise<void> {
	const contexts: BrowserContext[] = [];
	try {
		await run(async () => {
			const context = await browser.newContext({
				locale: 'en-GB',
				viewport: { width: 1280, height: 800 }
			});
			contexts.push(context);
			return context;
		});
	} finally {
		await Promise.all(contexts.map((context) => context.close()));
	}
}

/** Writes into whichever composer the page shows. */
export async function write(page: Page, text: string): Promise<void> {
	const field = page.getByRole('textbox', { name: /^(Message|Your answer)$/ });
	await field.fill(text);
	await field.press('Enter');
}

/** The messages of the conversation that the page shows. */
export const log = (page: Page) => page.getByRole('log');

/** The row of the operator's list with this preview. */
export const inList = (page: Page, preview: string) =>
	page
		.getByRole('navigation', { name: 'Conversations' })
		.getByRole('link')
		.filter({ hasText: preview });

import { chromium, type Page } from '@playwright/test';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, log, test, write } from '../support/journey.ts';
import {
	changedGlobals,
	countMemory,
	listenersOnPage,
	noteGlobals,
	watchPage
} from '../support/watch-page.ts';

const bubble = (page: Page) => page.getByRole('button', { name: /^Open chat/ });

/** Opens the chat and sends a text, and the server has it. */
async function chat(page: Page, text: string): Promise<void> {
	await bubble(page).click();
	await write(page, text);
	await expect(log(page).getByText('Sent', { exact: true })).toBeAttached();
	await expect(log(page).getByText(text)).toBeVisible();
}

test('a strict policy with trusted types, and no global of the page is touched', async ({
	page,
	shop,
	tenant
}) => {
	const suffering = await watchPage(page);
	await noteGlobals(page);
	await page.goto(shop.page(tenant.site.site_key));
	await chat(page, 'Hello');
	await page.getByRole('button', { name: 'Emoji' }).click();
	await expect(page.getByRole('searchbox', { name: 'Search emoji' })).toBeFocused();
	expect(await changedGlobals(page)).toEqual(['window.chtq']);
	await page.evaluate(() => (window as unknown as { chtq: { destroy(): void } }).chtq.destroy());
	expect(await changedGlobals(page)).toEqual([]);
	expect(suffering).toEqual({ errors: [], said: [] });
});

test('hostile CSS changes nothing of it', async ({ page, shop, tenant }) => {
	const look = () =>
		page.locator('chatiq-widget').evaluate((host) => {
			const parts = ['.bubble', '.panel', 'header', '.composer textarea', '.bubble-text'];
			return parts.map((part) => {
				const element = host.shadowRoot?.querySelector(part);
				if (!element) throw new Error(`no ${part}`);
				const { color, backgroundColor, backgroundImage, font, opacity } =
					getComputedStyle(element);
				const { left, top, width, height } = element.getBoundingClientRect();
				const box = [left, top, width, height].map(Math.round);
				return { part, color, backgroundColor, backgroundImage, font, opacity, box };
			});
		});
	/** Lazy parts take room when they come: these are the last of them. */
	const open = async (address: string) => {
		await page.goto(address);
		await chat(page, 'Hello');
		await expect(page.getByRole('button', { name: 'Emoji' })).toBeVisible();
		await expect(page.locator('header .status')).toBeVisible();
		await expect(page.locator('.brand')).toBeAttached();
		// Once the server has said that it knows no address; nobody is there to answer.
		await expect(page.getByRole('textbox', { name: 'Where should we reply?' })).toBeVisible();
	};
	await open(shop.fixture('plain', tenant.site.site_key));
	let plain = await look();
	// The panel rises when it opens.
	await expect(async () => {
		const before = plain;
		plain = await look();
		expect(plain).toEqual(before);
	}).toPass();
	await page.context().clearCookies();
	await page.evaluate(() => localStorage.clear());
	await open(shop.fixture('hostile-css', tenant.site.site_key));
	await expect.poll(look).toEqual(plain);
});

test('a page that has changed the language itself does not break it', async ({
	page,
	shop,
	sql,
	tenant
}) => {
	const suffering = await watchPage(page);
	const operator = await tenant.addMember('operator');
	await page.goto(shop.fixture('hostile-script', tenant.site.site_key));
	await chat(page, 'Hello');
	const [conversation] = await sql<{ id: string }[]>`
		select id from public.conversations where site_id = ${tenant.site.id}`;
	await operator.client
		.rpc('send_operator_message', {
			conversation_id: conversation?.id ?? '',
			message_id: crypto.randomUUID(),
			body: 'Welcome',
			seen_seq: 1
		})
		.throwOnError();
	await expect(log(page).getByText('Welcome')).toBeVisible();
	// What is typed into the chat is none of the page's shortcuts.
	expect(await page.evaluate(() => (window as unknown as { calls: string[] }).calls)).not.toContain(
		'key Enter'
	);
	expect(suffering).toEqual({ errors: [], said: [] });
});

test(
	'included twice it is there once, and says so once',
	{ tag: '@long' },
	async ({ page, shop, tenant }) => {
		const suffering = await watchPage(page);
		await page.goto(shop.fixture('twice', tenant.site.site_key));
		await chat(page, 'Hello');
		await expect(page.locator('chatiq-widget')).toHaveCount(1);
		expect(suffering.errors).toEqual([]);
		expect(suffering.said).toEqual([expect.stringContaining('twice')]);
	}
);

test(
	'a single page: it stays through navigation, and thirty mounts leave nothing',
	{ tag: '@long' },
	async ({ page, shop, tenant }) => {
		const suffering = await watchPage(page);
		const cdp = await page.context().newCDPSession(page);
		await page.goto(shop.fixture('spa', tenant.site.site_key));
		const listened = await listenersOnPage(cdp);
		await page.evaluate('include()');
		await chat(page, 'Hello');
		await page.evaluate('go("/other")');
		await expect(page.getByRole('heading', { name: 'Page /other' })).toBeVisible();
		await expect(log(page).getByText('Hello')).toBeVisible();
		await write(page, 'Still here');
		await expect(page.locator('.tick.sending')).toHaveCount(0);
		await page.evaluate('chtq.destroy()');
		await expect(page.locator('chatiq-widget')).toHaveCount(0);
		await expect.poll(() => listenersOnPage(cdp)).toEqual(listened);

		const mounts = (count: number) =>
			page.evaluate(`(async () => { for (let i = 0; i < ${count}; i++) await mountOnce(); })()`);
		await mounts(5);
		const before = await countMemory(cdp);
		await mounts(30);
		// What waits for a frame or an answer may hold the last of them for a moment.
		await expect
			.poll(async () => {
				const { listeners, nodes } = await countMemory(cdp);
				return { listeners: listeners - before.listeners < 20, nodes: nodes - before.nodes < 100 };
			})
			.toEqual({ listeners: true, nodes: true });
		expect(suffering).toEqual({ errors: [], said: [] });
	}
);

test(
	'a browser that blocks all storage can chat, as long as the page lives',
	{ tag: '@long' },
	async ({ shop, tenant }, { project }) => {
		// As "block all cookies" in the settings does it: every kind of storage throws.
		const profile = await mkdtemp(join(tmpdir(), 'chatiq-profile-'));
		await mkdir(join(profile, 'Default'));
		const settings = { profile: { default_content_setting_values: { cookies: 2 } } };
		await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(settings));
		const context = await chromium.launchPersistentContext(profile, {
			...project.use.launchOptions,
			locale: 'en-GB'
		});
		try {
			const page = await context.newPage();
			const suffering = await watchPage(page);
			await page.goto(shop.page(tenant.site.site_key));
			await expect(page.evaluate(() => localStorage.length)).rejects.toThrow(/SecurityError/);
			await chat(page, 'Without storage');
			await write(page, 'And one more');
			await expect(log(page).locator('.tick.sending')).toHaveCount(0);
			await page.reload();
			await bubble(page).click();
			await expect(page.getByRole('dialog')).toBeVisible();
			await expect(log(page).getByText('Without storage')).toHaveCount(0);
			expect(suffering).toEqual({ errors: [], said: [] });
		} finally {
			await context.close();
			await rm(profile, { recursive: true, force: true });
		}
	}
);

test(
	'a slow line, none, and a server that is not there',
	{ tag: '@long' },
	async ({ page, shop, tenant }) => {
		const suffering = await watchPage(page);
		const cdp = await page.context().newCDPSession(page);
		const line = { latency: 400, downloadThroughput: 50_000, uploadThroughput: 20_000 };
		await cdp.send('Network.emulateNetworkConditions', { offline: false, ...line });
		await page.goto(shop.page(tenant.site.site_key));
		await chat(page, 'Slowly');
		await cdp.send('Network.emulateNetworkConditions', { ...line, offline: true });
		await write(page, 'Later');
		await expect(page.getByText('You’re offline.')).toBeVisible();
		await cdp.send('Network.emulateNetworkConditions', {
			...{ offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 }
		});
		await expect(page.getByText('You’re offline.')).toHaveCount(0);
		await expect(log(page).locator('.tick.sending')).toHaveCount(0);

		await page.addInitScript(() => {
			Object.assign(window, { chtq: { apiUrl: 'http://127.0.0.1:9' } });
		});
		await page.goto(shop.fixture('plain', tenant.site.site_key));
		await expect(page.locator('chatiq-widget').getByRole('button')).toHaveCount(0);
		await page.evaluate('chtq.open()');
		await expect(page.getByRole('alert')).toHaveText('Chat unavailable');
		await expect(page.getByRole('heading', { name: 'Page' })).toBeVisible();
		expect(suffering).toEqual({ errors: [], said: [] });
	}
);

const mistakes: [given: unknown, said: RegExp][] = [
	['nonsense', /^$/],
	[null, /^$/],
	[{ position: 'middle' }, /position cannot be “middle”: it is left or right/],
	[
		{ theme: 'drak', language: 'de', storageConsent: 'yes' },
		/theme cannot be “drak”.*\n.*language cannot be “de”.*\n.*storageConsent cannot be “yes”/
	],
	[{ size: 'huge', color: 'blu' }, /size cannot be “huge”.*\n.*color cannot be “blu”/],
	[{ apiUrl: 'http://' }, /apiUrl cannot be “http:\/\/”: it is a URL/],
	// The words come from afar, in any order.
	[[['dance'], 'toggle', null], /(?=[^]*no method dance)[^]*no method null/]
];

test('mistakes in the configuration are named once, and nothing broken is shown', async ({
	context,
	shop,
	tenant
}) => {
	await Promise.all(
		mistakes.map(async ([given, said]) => {
			const page = await context.newPage();
			const suffering = await watchPage(page);
			await page.addInitScript((value) => Object.assign(window, { chtq: value }), given);
			await page.goto(shop.fixture('plain', tenant.site.site_key));
			const button = page.getByRole('button', { name: /chat/ }).first();
			await expect(button).toBeVisible();
			await expect.poll(() => suffering.said.join('\n')).toMatch(said);
			expect(suffering.errors).toEqual([]);
			await page.close();
		})
	);
	const page = await context.newPage();
	const suffering = await watchPage(page);
	await page.goto(shop.fixture('plain', 'pk_short'));
	await expect
		.poll(() => suffering.said)
		.toEqual([expect.stringMatching(/^\[ChatIQ\] No site has this site key: it is “pk_”/)]);
	await expect(page.locator('chatiq-widget')).toHaveCount(0);
});

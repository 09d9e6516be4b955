import { type Browser, type BrowserContextOptions, chromium, type Page } from '@playwright/test';
import { siteFilePath, siteFilesBucket } from '@chatiq/contracts/site';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import config from './playwright.config.ts';
import { connect } from './support/backend.ts';
import { drawLanding } from './support/landing-pictures.ts';
import { expect } from './support/patient-expect.ts';
import { startServedBackend } from './support/serve.ts';
import { drawSheet, type Sheet } from './support/widget-sheet.ts';

// Draws the pictures of README, docs and the public pages from the running product and its demo data: `npm run pictures`.
const root = join(import.meta.dirname, '..');
const desktop = { viewport: { width: 1280, height: 800 }, locale: 'en-GB' };
const phone = {
	viewport: { width: 390, height: 780 },
	locale: 'uk-UA',
	isMobile: true,
	hasTouch: true
};

interface Demo {
	site_key: string;
	password: string;
	users: { email: string }[];
}

const { backend, close } = await startServedBackend();
const browser = await chromium.launch(config.use?.launchOptions ?? {});
const demo = JSON.parse(await readFile(join(root, 'supabase/demo.json'), 'utf8')) as Demo;
const sheets: [name: string, sheet: Sheet][] = [
	['widget-states', { language: 'en', colorScheme: 'light', phone: false }],
	['widget-states-dark-uk', { language: 'uk', colorScheme: 'dark', phone: false }],
	['widget-states-phone-uk', { language: 'uk', colorScheme: 'light', phone: true }],
	['widget-states-phone-dark', { language: 'en', colorScheme: 'dark', phone: true }]
];
// A moment after the first start; without it the widget takes itself off the page.
const published = `${backend.url}/storage/v1/object/public/${siteFilesBucket}/${siteFilePath(demo.site_key)}`;
await expect.poll(async () => (await fetch(published)).status).toBe(200);
try {
	await draw(browser, backend.url, demo);
	const owner = { email: demo.users[0]?.email ?? '', password: demo.password };
	const answer = await answerAs(owner.email, owner.password);
	await drawLanding(
		browser,
		backend,
		owner,
		answer,
		join(root, 'apps/admin/src/lib/public/images')
	);
	for (const [name, sheet] of sheets) {
		await drawSheet(browser, backend, answer, sheet, join(root, `docs/images/${name}.webp`));
	}
} finally {
	await browser.close();
	await close();
}

async function draw(browser: Browser, url: string, demo: Demo): Promise<void> {
	const visitor = await visit(browser, url, desktop);
	await say(visitor, 'Hello! Do you ship to Lviv?');
	await say(visitor, 'I would like 2 × 250 g of Guji, ground for V60.');
	const [owner, operator] = demo.users.map((user) => user.email);
	const console = await signIn(browser, url, desktop, owner, demo.password);
	// The newest; what it shows of itself may be the assistant's greeting already.
	await console.locator('a[href^="/inbox/"]').first().click();
	await expect(console.getByRole('log').getByText('ground for V60')).toBeVisible();
	await reply(console, 'Yes, with Nova Post, in two days.');
	await reply(console, 'Shall I put the grind into the order for you?');
	await expect(visitor.getByRole('log').getByText('Shall I put')).toBeVisible();
	await visitor.getByRole('textbox', { name: 'Message' }).pressSequentially('Yes please');
	await expect(console.getByText(/is writing/)).toBeVisible();
	await save(visitor, 'widget');
	await save(console, 'console');

	const dark = await signIn(
		browser,
		url,
		{ ...desktop, locale: 'uk-UA', colorScheme: 'dark' },
		operator,
		demo.password
	);
	await dark.getByRole('link').filter({ hasText: 'Jonas Weber' }).click();
	await expect(dark.getByRole('log').getByText('three weeks')).toBeVisible();
	await save(dark, 'console-dark-uk');

	const mobile = await visit(browser, url, { ...phone, colorScheme: 'dark' }, '?lang=uk');
	await say(mobile, 'Добрий день! Чи є кава без кофеїну?');
	await save(mobile, 'widget-phone-dark-uk');
	const pocket = await signIn(browser, url, phone, owner, demo.password);
	await save(pocket, 'console-phone-uk');
}

/** Somebody of the demo's team, over the API. */
async function answerAs(email: string, password: string) {
	const client = connect(backend);
	const { error } = await client.auth.signInWithPassword({ email, password });
	if (error) throw error;
	return async (conversation_id: string, body: string): Promise<void> => {
		const message = { conversation_id, message_id: crypto.randomUUID(), body };
		await client.rpc('send_operator_message', { ...message, seen_seq: 1_000_000 }).throwOnError();
	};
}

async function visit(
	browser: Browser,
	url: string,
	options: BrowserContextOptions,
	query = ''
): Promise<Page> {
	const page = await (await browser.newContext(options)).newPage();
	await page.goto(`${url.replace('127.0.0.1', 'localhost')}/shop/${query}`);
	await page.locator('chatiq-widget').getByRole('button').click();
	return page;
}

async function signIn(
	browser: Browser,
	url: string,
	options: BrowserContextOptions,
	email = '',
	password = ''
): Promise<Page> {
	const page = await (await browser.newContext(options)).newPage();
	await page.goto(`${url}/login`);
	await page.locator('input[type=email]').fill(email);
	await page.locator('input[type=password]').fill(password);
	await page.locator('button[type=submit]').click();
	await page.waitForURL('**/inbox');
	await expect(page.getByRole('link').filter({ hasText: 'Jonas Weber' })).toBeVisible();
	return page;
}

async function say(page: Page, text: string): Promise<void> {
	await page
		.getByRole('dialog')
		.getByRole('textbox', { name: /^(Message|Повідомлення)$/ })
		.fill(text);
	await page.keyboard.press('Enter');
	await expect(page.getByRole('log').locator('.tick.sending')).toHaveCount(0);
}

async function reply(page: Page, text: string): Promise<void> {
	await page.getByRole('textbox', { name: 'Your answer' }).fill(text);
	await page.keyboard.press('Enter');
}

async function save(page: Page, name: string): Promise<void> {
	await page.screenshot({ path: join(root, `docs/images/${name}.png`) });
}

import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import puppeteer, { type Page } from 'puppeteer-core';
import { connectSql } from './support/backend.ts';
import { createPublishedTenant } from './support/journey.ts';
import { startServedBackend } from './support/serve.ts';
import { openShop } from './support/shop.ts';

// The widget in Firefox, dark and light: `npm run test:firefox`. Playwright's own Firefox is no download of a package
// registry, and its WebDriver BiDi asks for more than the release that Debian has; Puppeteer's does not.
const firefox = [
	process.env['FIREFOX_PATH'],
	'/usr/bin/firefox-esr',
	'/usr/bin/firefox',
	'/Applications/Firefox.app/Contents/MacOS/firefox'
].find((path) => path !== undefined && existsSync(path));
if (firefox === undefined) {
	console.error('There is no Firefox: install firefox-esr, or set FIREFOX_PATH.');
	process.exit(2);
}

const { backend, close } = await startServedBackend();
const sql = connectSql(backend);
const shop = await openShop(backend.url);
const browser = await puppeteer.launch({
	browser: 'firefox',
	executablePath: firefox,
	extraPrefsFirefox: { 'layout.css.prefers-color-scheme.content-override': 0 }
});
try {
	const tenant = await createPublishedTenant(backend, sql, 'Firefox', shop.origin);
	const operator = await tenant.addMember('operator');
	const page = await browser.newPage();
	const errors: string[] = [];
	page.on('pageerror', (error) => {
		// Firefox asks for one where the page's policy allows no picture of its own.
		const { message } = error as Error;
		if (!message.includes('favicon.ico')) errors.push(message);
	});

	await page.goto(shop.page(tenant.site.site_key));
	await open(page);
	assert.equal(await background(page), 'rgb(22, 25, 31)', 'dark, as the browser is');
	await page.keyboard.type('Hello from Firefox');
	await page.keyboard.press('Enter');
	await page.waitForSelector('>>> .tick.stored');
	done('writes, and the server has it');

	const [conversation] = await sql<{ id: string }[]>`
		select id from public.conversations where site_id = ${tenant.site.id}`;
	await operator.client
		.rpc('send_operator_message', {
			conversation_id: conversation?.id ?? '',
			message_id: crypto.randomUUID(),
			body: 'Hello to Firefox',
			seen_seq: 1
		})
		.throwOnError();
	await said(page, 'Hello to Firefox');
	done('hears the answer');

	await page.reload();
	await open(page);
	await said(page, 'Hello from Firefox');
	await said(page, 'Hello to Firefox');
	done('has it all after a reload');

	await page.keyboard.press('Escape');
	await page.waitForSelector('>>> .panel', { hidden: true });
	await page.goto(shop.page(tenant.site.site_key, { 'data-theme': 'light' }));
	await open(page);
	assert.equal(await background(page), 'rgb(255, 255, 255)', 'light, as the page says');
	assert.deepEqual(errors, []);
	done('light and dark, without an error');
} finally {
	await browser.close();
	await shop.close();
	await sql.end();
	await close();
}

async function open(page: Page): Promise<void> {
	await page.locator('>>> .bubble').click();
	await page.waitForSelector('>>> .composer textarea:focus');
}

/** What stands in the conversation, also when it is still on its way there. */
async function said(page: Page, text: string): Promise<void> {
	await page.waitForFunction(
		(text) => {
			const list = document.querySelector('chatiq-widget')?.shadowRoot?.querySelector('.list');
			return list?.textContent.includes(text);
		},
		{},
		text
	);
}

function background(page: Page): Promise<string> {
	return page.$eval('>>> .panel', (panel) => getComputedStyle(panel).backgroundColor);
}

function done(what: string): void {
	console.log(`✓ ${what}`);
}

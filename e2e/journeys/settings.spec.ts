import type { Page } from '@playwright/test';
import { violations as axeViolations } from '../support/axe.ts';
import { expect, log, test, write } from '../support/journey.ts';

/** Two pixels by two, red. */
const redPng =
	'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==';

/** The frame of the preview is the widget's own proof. */
const violations = (page: Page) => axeViolations(page, { except: 'iframe' });

const save = async (page: Page) => {
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByText('Saved', { exact: true })).toBeVisible();
	await page.getByRole('button', { name: 'Dismiss' }).first().click();
};

test('settings open with a section beside their list, on a phone with the list', async ({
	backend,
	sql,
	tenant,
	signIn
}) => {
	const person = await tenant.addMember('operator');
	const page = await signIn(person);
	// Nobody asked for a language: mails speak as the console does.
	const language = sql`select language from public.profiles where id = ${person.id}`;
	expect(await language).toEqual([{ language: 'en' }]);

	await page.getByRole('link', { name: 'Settings' }).click();
	await expect(page.getByRole('heading', { name: 'Sites', level: 1 })).toBeVisible();
	await expect(page).toHaveURL(`${backend.url}/settings/sites`);
	await page.goBack();
	await expect(page).toHaveURL(`${backend.url}/inbox`);
	await page.goto(`${backend.url}/settings`);
	await expect(page).toHaveURL(`${backend.url}/settings/sites`);

	await page.setViewportSize({ width: 390, height: 800 });
	await page.getByRole('main').getByRole('link', { name: 'Settings' }).click();
	await expect(page.getByRole('link', { name: 'Profile' })).toBeVisible();
	await expect(page).toHaveURL(`${backend.url}/settings`);
});

test('an admin makes a site, dresses its chat, and an open widget changes with it', async ({
	backend,
	tenant,
	shop,
	signIn,
	browser
}) => {
	const page = await signIn(await tenant.addMember('admin'));
	await page.getByRole('link', { name: 'Settings' }).click();
	await page.getByRole('link', { name: 'Sites' }).click();
	await page.getByRole('button', { name: 'New site' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Name').fill('Bakery');
	await dialog.getByLabel('Address of the website').fill('not a website');
	await dialog.getByRole('button', { name: 'Create site' }).click();
	await expect(dialog.getByText('“not a website” is not an address')).toBeVisible();
	await dialog.getByLabel('Address of the website').fill(`${shop.origin}/some/page`);
	await dialog.getByRole('button', { name: 'Create site' }).click();

	// What is shown to paste is what a website needs.
	await page.waitForURL('**/install');
	const code = await page.getByRole('region', { name: 'Code for your website' }).innerText();
	expect(code).toContain(`${backend.url}/widget.js`);
	const siteKey = /pk_\w{24}/.exec(code)?.[0] ?? '';
	await expect(page.getByText('Live', { exact: true })).toBeVisible();
	const context = await browser.newContext({ locale: 'en-GB' });
	const visitor = await context.newPage();
	await visitor.goto(shop.page(siteKey));
	await visitor.getByRole('button', { name: 'Open chat' }).click();
	await write(visitor, 'Fresh bread?');
	await expect(log(visitor).getByText('Sent', { exact: true })).toBeAttached();

	await page.getByRole('link', { name: 'Appearance' }).click();
	const preview = page.frameLocator('iframe').getByRole('dialog');
	await expect(preview).toBeVisible();
	const title = page.getByRole('group', { name: 'English' }).getByLabel('Title');
	await title.fill('Warm bread');
	await expect(preview.getByRole('heading', { name: 'Warm bread' })).toBeVisible();
	await page.getByRole('textbox', { name: 'First colour', exact: true }).fill('#ffe14d');
	await expect(page.getByText(/bubble is hard to see/)).toBeVisible();
	await expect(visitor.getByRole('heading', { name: 'Warm bread' })).toHaveCount(0);

	// A logo in the head, and no line that names the product.
	const choose = page.locator('input[type=file]');
	await choose.setInputFiles({
		name: 'not-a-picture.png',
		mimeType: 'image/png',
		buffer: Buffer.from('words')
	});
	await expect(page.getByText('This is not a picture that we can read.')).toBeVisible();
	await choose.setInputFiles({
		name: 'logo.png',
		mimeType: 'image/png',
		buffer: Buffer.from(redPng, 'base64')
	});
	await expect(page.getByRole('img', { name: 'Your logo' })).toBeVisible();
	await expect(preview.locator('img.logo')).toBeVisible();
	await expect(visitor.getByText('Chat by ChatIQ')).toBeVisible();
	await page.getByRole('switch', { name: 'Show “Chat by ChatIQ”' }).click();
	await expect(preview.getByText('Chat by ChatIQ')).toHaveCount(0);

	// Leaving asks; staying keeps what was typed.
	await page.getByRole('link', { name: 'Behaviour' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
	await expect(title).toHaveValue('Warm bread');
	await save(page);
	await expect(page.getByText('Live', { exact: true })).toBeVisible();
	await expect(visitor.getByRole('heading', { name: 'Warm bread' })).toBeVisible();
	await expect(visitor.locator('img.logo')).toBeVisible();
	await expect(visitor.getByText('Chat by ChatIQ')).toHaveCount(0);
	await context.close();
});

test(
	'hours, rules, labels and templates',
	{ tag: '@long' },
	async ({ tenant, signIn, backend, sql }) => {
		const owner = await tenant.addMember('owner');
		const page = await signIn(owner);
		const site = `${backend.url}/settings/sites/${tenant.site.id}`;

		await page.goto(`${site}/hours`);
		await expect(page.getByText('Open now. No closing in sight.')).toBeVisible();
		await page.getByRole('switch', { name: 'Always open' }).click();
		await page.getByLabel('Monday: closes').fill('08:00');
		await page.getByLabel('Tuesday: opens').fill('07:00');
		await page.getByRole('button', { name: 'Save', exact: true }).click();
		await expect(page.getByText('These hours overlap with others.').first()).toBeVisible();
		await page.getByLabel('Monday: closes').fill('17:00');
		await save(page);
		await page.getByLabel('At another time').fill('2026-11-23T12:00');
		await expect(page.getByText(/^Open then\. Closes Monday.* 17:00\.$/)).toBeVisible();
		// The chat beside the fields is open or closed with them.
		const chat = page.frameLocator('iframe').getByRole('dialog');
		await expect(chat).toContainText('Online');
		await page.getByLabel('At another time').fill('2026-11-22T12:00');
		await expect(chat).not.toContainText('Online');
		expect(await violations(page)).toEqual([]);

		// Another admin saves between: nothing of theirs is lost.
		await page.goto(`${site}/appearance`);
		await sql`update public.widget_settings set primary_color = '#0f766e' where site_id = ${tenant.site.id}`;
		await expect(page.getByText('Live', { exact: true })).toBeVisible();
		await page.getByText('Bottom left').click();
		await page.getByRole('button', { name: 'Save', exact: true }).click();
		await expect(page.getByText(/Somebody else saved these settings/)).toBeVisible();
		await page.getByRole('button', { name: 'Save my changes over theirs' }).click();
		await expect
			.poll(
				() => sql`select primary_color, position::text from public.widget_settings
				where site_id = ${tenant.site.id}`
			)
			.toEqual([{ primary_color: '#0f766e', position: 'left' }]);
		expect(await violations(page)).toEqual([]);

		await page.goto(`${site}/automation`);
		await expect(page.getByText('Live', { exact: true })).toBeVisible();
		await page.getByRole('button', { name: 'New rule' }).click();
		await page.getByRole('link', { name: 'A message with certain words', exact: true }).click();
		await page.getByLabel('Words', { exact: true }).fill('price\ncost*');
		const text = page.getByRole('group', { name: 'Message' }).getByLabel('English');
		await text.fill('Hi {{nobody}}');
		await page.getByRole('button', { name: 'Save', exact: true }).click();
		await expect(page.getByText('{{nobody}} is not known.')).toBeVisible();
		await text.fill('Hello, {{visitor_name}}! See our prices.');
		await save(page);
		await page.getByLabel('Visitor writes').fill('What does it COST?');
		await page.getByRole('button', { name: 'Try it' }).click();
		const result = page.getByRole('list', { name: 'What the rules do' });
		await expect(result).toContainText('fires');
		await expect(result).toContainText('Hello! See our prices.');
		await page.getByLabel('Visitor writes').fill('Hello');
		await page.getByRole('button', { name: 'Try it' }).click();
		await expect(result).toContainText('does not hold: Words');
		expect(await violations(page)).toEqual([]);

		// A teaser is seen on the closed chat while it is written.
		await page.goto(`${site}/automation/new?trigger=proactive`);
		await text.fill('Can I help you, {{visitor_name}}?');
		await expect(page.frameLocator('iframe').getByText('Can I help you?')).toBeVisible();
		await page.getByRole('button', { name: 'Discard' }).click();

		await page.getByRole('link', { name: 'Labels' }).click();
		await page.getByLabel('New label').fill('Order');
		await page.getByRole('button', { name: 'Add label' }).click();
		const name = page.getByLabel('Name of Order');
		await expect(name).toBeVisible();
		await page.getByRole('button', { name: 'Delete Order' }).click();
		await expect(name).toHaveCount(0);
		await page.getByRole('button', { name: 'Undo' }).click();
		await expect(name).toBeVisible();
		expect(await violations(page)).toEqual([]);

		await page.getByRole('link', { name: 'Templates' }).click();
		await page.getByLabel('Import from CSV or JSON').setInputFiles({
			name: 'templates.csv',
			mimeType: 'text/csv',
			buffer: Buffer.from(
				'shortcut,language,title,body\nhi,en,,"Hello, {{visitor_name}}!"\nTwo words,en,,x\n'
			)
		});
		await expect(page.getByRole('button', { name: /^\/hi EN Hello/ })).toBeVisible();
		await expect(page.getByRole('alert')).toContainText('Entry 2: A shortcut has up to 40');
		expect(await violations(page)).toEqual([]);
		// What goes out comes in again.
		await page.getByRole('button', { name: 'Import and export' }).click();
		const saved = page.waitForEvent('download');
		await page.getByText('Export as JSON').click();
		const file = await (await saved).path();
		await page.getByRole('button', { name: 'Delete /hi' }).click();
		await expect(page.getByRole('button', { name: /^\/hi EN Hello/ })).toHaveCount(0);
		await page.getByLabel('Import from CSV or JSON').setInputFiles(file);
		await expect(page.getByRole('button', { name: /^\/hi EN Hello/ })).toBeVisible();
	}
);

test(
	'every settings page is clean, and an operator may look but not change',
	{ tag: '@long' },
	async ({ tenant, signIn, backend }) => {
		const admin = await signIn(await tenant.addMember('admin'));
		await admin.emulateMedia({ colorScheme: 'dark' });
		const site = `/settings/sites/${tenant.site.id}`;
		for (const path of [
			...['/settings/sites', site, `${site}/install`, `${site}/identity`, `${site}/behaviour`],
			...[`${site}/mail`, `${site}/privacy`, `${site}/automation/new?trigger=no_reply`]
		]) {
			await admin.goto(backend.url + path);
			await expect(admin.getByRole('heading', { level: 1 })).toBeVisible();
			expect(await violations(admin)).toEqual([]);
		}

		const operator = await signIn(await tenant.addMember('operator'));
		await operator.goto(`${backend.url}${site}/mail`);
		await expect(operator.getByText('Only owners and admins can change')).toBeVisible();
		await expect(operator.getByRole('switch').first()).toBeDisabled();
		await expect(operator.getByRole('link', { name: 'Identity' })).toHaveCount(0);
		await expect(operator.getByRole('link', { name: 'Background jobs' })).toHaveCount(0);
		for (const path of [`${site}/identity`, '/settings/jobs']) {
			expect((await operator.goto(backend.url + path))?.status()).toBe(404);
		}
	}
);

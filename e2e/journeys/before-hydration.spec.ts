import { expect, inList, test, write } from '../support/journey.ts';
import { openBeforeScripts } from '../support/without-scripts-yet.ts';

test('what is done before the scripts have arrived is done', async ({
	browser,
	backend,
	tenant,
	signIn,
	visit
}) => {
	const owner = await tenant.addMember('owner');
	const other = await tenant.addSite('Second shop');
	const operator = await signIn(owner);
	await write(await visit(), 'Where is my parcel?');
	await expect(inList(operator, 'Where is my parcel?')).toBeVisible();
	const storageState = await operator.context().storageState();
	const open = (path: string) =>
		openBeforeScripts(browser, { storageState }, `${backend.url}${path}`);

	await test.step('signing in', async () => {
		const { page, arrive, close } = await openBeforeScripts(browser, {}, `${backend.url}/login`);
		await page.getByLabel('E-mail').click();
		await page.keyboard.type(owner.email);
		await page.getByLabel('Password', { exact: true }).click();
		await page.keyboard.type(owner.password.slice(0, 4));
		arrive();
		const password = page.getByLabel('Password', { exact: true });
		await expect(async () => {
			await page.getByRole('button', { name: /^(Show|Hide) password$/ }).click();
			await expect(password).toHaveAttribute('type', 'text', { timeout: 3_000 });
		}).toPass();
		await expect(password).toHaveValue(owner.password.slice(0, 4));
		await password.press('End');
		await page.keyboard.type(owner.password.slice(4));
		await page.keyboard.press('Enter');
		await page.waitForURL('**/inbox');
		await close();
	});

	await test.step('the search of the inbox, in the middle of a word', async () => {
		const { page, arrive, close } = await open('/inbox');
		const field = page.getByRole('textbox', { name: 'Search' });
		await field.click();
		await page.keyboard.type('parl');
		await page.keyboard.press('ArrowLeft');
		// Nothing is sent: the page would come anew, and empty.
		await page.keyboard.press('Enter');
		arrive();
		await expect(page.getByRole('button', { name: 'Clear the search' })).toBeVisible();
		await expect(field).toHaveValue('parl');
		await page.keyboard.type('ce');
		await expect(field).toHaveValue('parcel');
		await expect(page.getByRole('link').filter({ hasText: 'Where is my parcel?' })).toBeVisible();
		await close();
	});

	await test.step('the site that the list shows', async () => {
		const { page, arrive, close } = await open('/inbox');
		const site = page.getByRole('combobox', { name: 'Site' });
		await site.press('S');
		await expect(site).toHaveValue(other.id);
		arrive();
		await page.waitForURL(/site/);
		await expect(site).toHaveValue(other.id);
		await close();
	});

	await test.step('a menu', async () => {
		const { page, arrive, close } = await open('/inbox');
		await page
			.getByRole('navigation', { name: 'Areas' })
			.getByRole('button', { name: 'Account' })
			.click();
		arrive();
		await expect(page.getByRole('group', { name: 'Theme' })).toBeVisible();
		await close();
	});

	await test.step('a form of the settings', async () => {
		const { page, arrive, close } = await open('/settings/profile');
		await page.getByLabel('Signature').click();
		await page.keyboard.type('Kind regards');
		await page.getByLabel('Language').selectOption('uk');
		await expect(page.getByLabel('Language')).toHaveValue('uk');
		arrive();
		await page.getByRole('button', { name: 'Save' }).click();
		await page.waitForURL('**/settings/profile?saved');
		await page.reload();
		await expect(page.getByRole('textbox', { name: /^(Signature|Підпис)/ })).toHaveValue(
			'Kind regards'
		);
		await close();
	});

	await test.step('what asks before an account is deleted', async () => {
		const { page, arrive, close } = await open('/settings/security');
		const field = page.locator('details').getByRole('textbox').first();
		await page.locator('summary').last().click();
		await expect(field).toBeVisible();
		const alive = page.waitForEvent('websocket');
		arrive();
		await alive;
		await expect(field).toBeVisible();
		await close();
	});
});

test('the first page speaks of the chat in its corner only where it can be there', async ({
	browser,
	backend
}) => {
	for (const javaScriptEnabled of [false, true]) {
		const page = await browser.newPage({ javaScriptEnabled });
		await page.goto(`${backend.url}/en`);
		await expect(page.getByText('The bubble in the corner')).toBeVisible({
			visible: javaScriptEnabled
		});
		await expect(page.getByText('With scripts allowed')).toBeVisible({
			visible: !javaScriptEnabled
		});
		await page.close();
	}
});

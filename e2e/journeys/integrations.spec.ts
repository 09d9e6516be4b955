import { Webhook } from 'standardwebhooks';
import { violations } from '../support/axe.ts';
import { Endpoint } from '../support/endpoint.ts';
import { expect, test } from '../support/journey.ts';

test('an admin adds a webhook, tests it, finds out why it fails and sends it again', async ({
	tenant,
	signIn
}) => {
	const endpoint = await new Endpoint().start();
	try {
		const page = await signIn(await tenant.addMember('admin'));
		await page.getByRole('link', { name: 'Settings' }).click();
		await page.getByRole('link', { name: 'Webhooks' }).click();
		await page.getByRole('button', { name: 'Add webhook' }).click();
		const dialog = page.getByRole('dialog');
		await dialog.getByLabel('Address').fill('http://example.com/hook');
		await dialog.getByRole('button', { name: 'Add webhook' }).click();
		await expect(dialog.getByText('must begin with https')).toBeVisible();
		expect(await violations(page, { rules: 'practice' })).toEqual([]);
		await dialog.getByLabel('Address').fill(endpoint.url());
		await dialog.getByLabel('Name (optional)').fill('CRM');
		await dialog.getByRole('button', { name: 'Add webhook' }).click();
		const secret = await page.getByLabel('Signing secret').inputValue();
		await page.getByRole('button', { name: 'I have stored it' }).click();

		endpoint.behave = (_, response) => response.writeHead(500).end('the CRM is down');
		const row = page.getByRole('listitem').filter({ hasText: 'CRM' });
		await row.getByRole('button', { name: 'Send test' }).click();
		const delivery = page.getByRole('listitem').filter({ hasText: 'Given up' });
		await expect(delivery).toContainText('HTTP 500');
		await delivery.locator('summary').click();
		await expect(delivery.getByText('the CRM is down')).toBeVisible();
		await expect(delivery.getByText('"type": "test"')).toBeVisible();
		expect(await violations(page, { rules: 'practice' })).toEqual([]);
		endpoint.behave = (_, response) => response.writeHead(200).end();
		await delivery.getByRole('button', { name: 'Send again' }).click();
		await expect(page.getByText('HTTP 200')).toBeVisible();
		for (const { body, headers } of endpoint.received) new Webhook(secret).verify(body, headers);

		await page.getByRole('main').getByRole('link', { name: 'Webhooks' }).click();
		await row.getByRole('button', { name: 'Delete' }).click();
		await expect(page.getByText('No webhooks yet')).toBeVisible();
		await page.getByRole('button', { name: 'Undo' }).click();
		await expect(row).toBeVisible();
	} finally {
		await endpoint.close();
	}
});

test(
	'an admin creates an API key, sees it once, and revokes it',
	{ tag: '@long' },
	async ({ backend, tenant, signIn }) => {
		const page = await signIn(await tenant.addMember('admin'));
		await page.goto(`${backend.url}/settings/api-keys`);
		const opened = page.context().waitForEvent('page');
		await page.getByRole('link', { name: 'reference' }).click();
		const reference = await opened;
		await expect(reference.getByRole('heading', { name: 'ChatIQ API' })).toBeVisible();
		expect(await violations(reference, { rules: 'practice' })).toEqual([]);
		await reference.close();
		await page.getByRole('button', { name: 'Create key' }).click();
		const dialog = page.getByRole('dialog');
		await dialog.getByRole('button', { name: 'Create key' }).click();
		await expect(dialog.getByText('Give it a name')).toBeVisible();
		await dialog.getByLabel('Name').fill('CRM import');
		expect(await violations(page, { rules: 'practice' })).toEqual([]);
		await dialog.getByRole('button', { name: 'Create key' }).click();
		const key = await page.getByRole('textbox', { name: 'Key' }).inputValue();
		expect(key).toMatch(/^ciq_/);
		await page.getByRole('button', { name: 'I have stored it' }).click();
		const row = page.getByRole('listitem').filter({ hasText: 'CRM import' });
		await expect(row).toContainText('never used');
		await expect(page.getByText(key)).toBeHidden();
		await row.getByRole('button', { name: 'Revoke' }).click();
		await row.getByRole('button', { name: 'Revoke for good' }).click();
		await expect(row).toContainText('Revoked');
		expect(await violations(page, { rules: 'practice' })).toEqual([]);
	}
);

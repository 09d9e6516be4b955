import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test, write } from '../support/journey.ts';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What axe finds wrong on the page as it stands, in words. */
async function violations(page: Page): Promise<string[]> {
	const { violations: found } = await new AxeBuilder({ page }).withTags(rules).analyze();
	return found.flatMap(({ id, help, nodes }) =>
		nodes.map((node) => `${id}: ${help} at ${node.target.join(' ')}`)
	);
}

for (const colorScheme of ['light', 'dark'] as const) {
	test(`the widget and the console are clean, ${colorScheme}`, async ({
		backend,
		tenant,
		signIn,
		visit,
		page
	}) => {
		await page.emulateMedia({ colorScheme });
		await page.goto(`${backend.url}/login`);
		expect(await violations(page)).toEqual([]);

		const operator = await signIn(await tenant.addMember('owner'));
		await operator.emulateMedia({ colorScheme });
		await expect(operator.getByText('All answered')).toBeVisible();
		expect(await violations(operator)).toEqual([]);

		const visitor = await visit();
		await visitor.emulateMedia({ colorScheme });
		expect(await violations(visitor)).toEqual([]);
		await write(visitor, 'Hello, see https://example.com');
		const row = operator.getByRole('navigation', { name: 'Conversations' }).getByRole('link');
		await row.click();
		await write(operator, 'Hello!');
		await expect(visitor.getByRole('log').getByText('Hello!', { exact: true })).toBeVisible();
		await expect(visitor.getByText('Read', { exact: true })).toBeAttached();
		expect(await violations(visitor)).toEqual([]);
		expect(await violations(operator)).toEqual([]);
	});
}

test('a visitor can chat with the keyboard alone, and focus comes back', async ({
	page,
	shop,
	tenant
}) => {
	await page.goto(shop.page(tenant.site.site_key));
	const bubble = page.getByRole('button', { name: 'Open chat' });
	await expect(bubble).toBeVisible();
	await page.keyboard.press('Tab');
	await expect(bubble).toBeFocused();
	await page.keyboard.press('Enter');
	const field = page.getByRole('textbox', { name: 'Message' });
	await expect(field).toBeFocused();
	await page.keyboard.type('Typed, not clicked');
	await page.keyboard.press('Enter');
	await expect(page.getByText('Sent', { exact: true })).toBeAttached();
	await expect(field).toBeFocused();
	await page.keyboard.press('Escape');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await expect(bubble).toBeFocused();
});

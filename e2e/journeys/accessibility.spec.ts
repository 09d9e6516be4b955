import type { Page } from '@playwright/test';
import { violations } from '../support/axe.ts';
import { expect, test, write } from '../support/journey.ts';

test('the widget and the console are clean, light and dark', async ({
	backend,
	tenant,
	signIn,
	visit,
	page
}) => {
	/** The dark one is the same page in other colours. */
	const clean = async (shown: Page) => {
		for (const colorScheme of ['light', 'dark'] as const) {
			await shown.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
			const rules = colorScheme === 'dark' ? 'colors' : 'wcag';
			expect(await violations(shown, { rules }), colorScheme).toEqual([]);
		}
	};
	await page.goto(`${backend.url}/login`);
	await clean(page);
	const operator = await signIn(await tenant.addMember('owner'));
	await expect(operator.getByText('All answered')).toBeVisible();
	await clean(operator);

	const visitor = await visit();
	await clean(visitor);
	await write(visitor, 'Hello, see https://example.com');
	const row = operator.getByRole('navigation', { name: 'Conversations' }).getByRole('link');
	await row.click();
	await expect(operator.getByRole('log').getByText('Hello, see')).toBeVisible();
	await write(operator, 'Hello!');
	await expect(visitor.getByRole('log').getByText('Hello!', { exact: true })).toBeVisible();
	await expect(visitor.getByText('Read', { exact: true })).toBeAttached();
	await clean(visitor);
	await clean(operator);
});

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

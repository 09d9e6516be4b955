import { generate } from 'otplib';
import type { Page } from '@playwright/test';
import { violations } from '../support/axe.ts';
import { expect, log, test, write } from '../support/journey.ts';
import { createTenant } from '../support/tenant.ts';

/** Scans the QR code's secret and types what an app would show. */
async function setUp(page: Page): Promise<void> {
	await page.getByRole('button', { name: 'Set it up' }).click();
	const secret = await page.locator('code').textContent();
	await page.getByLabel('Code', { exact: true }).fill(await generate({ secret: secret ?? '' }));
	await page.getByRole('button', { name: 'Turn it on' }).click();
	await page.getByRole('link', { name: 'I have kept them' }).click();
}

test('two organisations, one of which begins to ask for a second factor', async ({
	backend,
	sql,
	tenant,
	signIn,
	visit
}) => {
	const other = await createTenant(backend, sql, 'Other team');
	const [boss, person] = [await tenant.addMember('owner'), await tenant.addMember('operator')];
	await sql`insert into public.memberships (organization_id, user_id, role)
		values (${other.organization}, ${person.id}, 'owner')`;
	const visitor = await visit();
	await write(visitor, 'Is there more of this?');
	await expect(log(visitor).getByText('Sent', { exact: true })).toBeAttached();
	const page = await signIn(person);
	const switcher = page.getByRole('button', { name: /^Organisation:/ });

	await test.step('works in one, and switches by keyboard', async () => {
		await expect(switcher).toHaveAccessibleName('Organisation: Journey');
		await expect(page.getByText('Is there more of this?').first()).toBeVisible();
		const conversation = page.locator('[data-conversation]').first();
		const id = await conversation.getAttribute('data-conversation');
		await switcher.focus();
		await page.keyboard.press('Enter');
		await page.getByRole('link', { name: 'Other team' }).focus();
		await page.keyboard.press('Enter');
		await expect(switcher).toHaveAccessibleName('Organisation: Other team');
		await expect(page.getByText('Is there more of this?')).toHaveCount(0);
		await page.getByRole('textbox', { name: /^Search/ }).fill('more of this');
		await expect(page.getByText('Nothing found')).toBeVisible();
		await page.goto(`${backend.url}/settings/team`);
		await expect(page.getByRole('heading', { name: 'Team', exact: true })).toBeVisible();
		await expect(switcher).toHaveAccessibleName('Organisation: Other team');
		await switcher.click();
		await expect(page.getByRole('link', { name: /Journey.*1/ })).toBeVisible();
		expect(await violations(page, { rules: 'practice' })).toEqual([]);
		// A link, as in a mail, leads into the other organisation by itself.
		await page.goto(`${backend.url}/inbox/${id ?? ''}`);
		await expect(switcher).toHaveAccessibleName('Organisation: Journey');
		await expect(page.getByText('Is there more of this?').last()).toBeVisible();
	});

	await test.step('an owner sets one up first, then asks everybody for it', async () => {
		const owner = await signIn(boss);
		await owner.goto(`${backend.url}/settings/team`);
		const rule = owner.getByRole('switch', { name: /Two-factor sign-in for everybody/ });
		await rule.click();
		await owner.getByRole('link', { name: 'Set it up' }).click();
		await setUp(owner);
		await expect(owner.getByText('recovery codes are left')).toBeVisible();
		await owner.goto(`${backend.url}/settings/team`);
		await expect(owner.getByText(`1 person has none yet: ${person.name}.`)).toBeVisible();
		await rule.click();
		await expect(owner.getByText('the organisation is closed to them')).toBeVisible();
		expect(await violations(owner, { rules: 'practice' })).toEqual([]);
	});

	await test.step('a member is led to it, may go on elsewhere, and is back with it', async () => {
		await page.goto(`${backend.url}/inbox`);
		await expect(switcher).toHaveAccessibleName('Organisation: Other team');
		await switcher.click();
		await page.getByRole('link', { name: /Journey/ }).click();
		await expect(
			page.getByRole('heading', { name: 'Journey asks for a second factor' })
		).toBeVisible();
		expect(await violations(page, { rules: 'practice' })).toEqual([]);
		await setUp(page);
		await expect(switcher).toHaveAccessibleName('Organisation: Journey');
		await expect(page.getByText('Is there more of this?').first()).toBeVisible();
	});
});

import type { Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { violations } from '../support/axe.ts';
import { mailsTo } from '../support/mailbox.ts';
import { expect, test, write } from '../support/journey.ts';

const expectClean = async (page: Page): Promise<void> => {
	expect(await violations(page)).toEqual([]);
};

async function saved(page: Page, button: string): Promise<string> {
	const download = page.waitForEvent('download');
	await page.getByRole('button', { name: button }).click();
	return readFile(await (await download).path(), 'utf8');
}

test('an owner sees what the chat brings, and the conversations behind a number', async ({
	tenant,
	signIn,
	visit
}) => {
	await write(await visit(), 'Do you ship to Lviv?');
	const page = await signIn(await tenant.addMember('owner'));
	await page.getByRole('link', { name: 'Analytics' }).click();
	const figure = page.locator('[data-figure="volume"]');
	// Counted while somebody looks, not an hour later.
	await expect(figure).toHaveText('1');
	await expect(page.getByRole('link', { name: 'Waiting: 1' })).toBeVisible();
	await expectClean(page);

	// The plot by keyboard, the table behind it, and the table as a file.
	const trend = page.getByRole('slider', { name: 'Conversations by day' });
	await trend.focus();
	await expect(trend).toHaveAttribute('aria-valuetext', /: 1, before 0$/);
	await page.keyboard.press('ArrowLeft');
	await expect(trend).toHaveAttribute('aria-valuetext', /: 0, before 0$/);
	await page
		.getByRole('group', { name: 'View of “Conversations by day”' })
		.getByRole('button', { name: 'Table' })
		.click();
	await expect(
		page.getByRole('region', { name: 'Conversations by day' }).getByRole('row')
	).toHaveCount(31);
	const csv = await saved(page, 'Save “By site” as CSV');
	expect(csv.split('\r\n')[1]).toMatch(/^Journey,1,/);

	await page.getByText('7 days', { exact: true }).click();
	await expect(page).toHaveURL(/days=7/);
	await page.emulateMedia({ colorScheme: 'dark' });
	await page.setViewportSize({ width: 390, height: 844 });
	await expect(figure).toHaveText('1');
	await expectClean(page);
	await page.getByRole('link', { name: 'Show conversations: Conversations' }).click();
	await expect(page.getByRole('heading', { name: 'Conversations started' })).toBeVisible();
	await expectClean(page);
	await page.getByRole('link', { name: /Do you ship to Lviv/ }).click();
	await expect(page.getByRole('log').getByText('Do you ship to Lviv?')).toBeVisible();
});

test(
	'an owner invites, withdraws, deactivates with a heir, reads the log and takes the data out',
	{ tag: '@long' },
	async ({ backend, tenant, signIn, visit, sql }) => {
		await write(await visit(), 'Hello?');
		const [owner, leaving, heir] = [
			await tenant.addMember('owner'),
			await tenant.addMember('operator'),
			await tenant.addMember('operator')
		];
		// The text may still be on its way.
		const assign = () => sql`update public.conversations set assignee_id = ${leaving.id}
			where organization_id = ${tenant.organization} returning id`;
		await expect.poll(async () => (await assign()).length).toBe(1);
		const page = await signIn(owner);
		await page.getByRole('link', { name: 'Settings' }).click();
		await page.getByRole('link', { name: 'Team' }).click();
		const members = page.getByRole('list', { name: 'Members' });
		await expect(members.getByRole('listitem')).toHaveCount(3);
		await expectClean(page);

		const email = `${crypto.randomUUID()}@people.test`;
		await page.getByRole('button', { name: 'Invite' }).click();
		await page.getByLabel('E-mail').fill('nobody');
		await page.getByRole('button', { name: 'Send invitation' }).click();
		await expect(page.getByRole('alert')).toContainText('Enter an e-mail address');
		await expectClean(page);
		await page.getByLabel('E-mail').fill(email);
		await page.getByRole('button', { name: 'Send invitation' }).click();
		const invitations = page.getByRole('list', { name: 'Invitations' });
		await expect(invitations.getByText(email)).toBeVisible();
		await expect.poll(async () => (await mailsTo(backend, email)).length).toBe(1);
		await invitations.getByRole('button', { name: 'Send again' }).click();
		await expect.poll(async () => (await mailsTo(backend, email)).length).toBe(2);
		await invitations.getByRole('button', { name: 'Withdraw' }).click();
		await expect(page.getByText('Nobody is asked to join right now.')).toBeVisible();

		await page.getByRole('button', { name: `Edit: ${owner.name}` }).click();
		await page.getByLabel('Role').selectOption('operator');
		await page.getByRole('button', { name: 'Save' }).click();
		await expect(page.getByRole('alert')).toContainText('An organisation needs an owner');
		await page.keyboard.press('Escape');

		await page.getByRole('button', { name: `Deactivate: ${leaving.name}` }).click();
		await expect(page.getByText('1 open conversation is in their hands.')).toBeVisible();
		await page.getByLabel('Hand them to').selectOption({ label: heir.name });
		await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
		await expect(members.getByRole('listitem').filter({ hasText: 'No access' })).toContainText(
			leaving.name
		);
		await expect(members.getByRole('listitem').filter({ hasText: heir.name })).toContainText(
			'1 open conversation'
		);

		await page.getByRole('link', { name: 'Audit log' }).click();
		await page.getByLabel('What').selectOption('Member');
		const log = page.getByRole('list', { name: 'Audit log' });
		await expect(
			log.getByRole('listitem').filter({ hasText: 'Access taken away' }).first()
		).toContainText(`${owner.name} changed: member “${leaving.name}”`);
		await expectClean(page);
		expect(await saved(page, 'CSV')).toContain('Access taken away');

		await page.getByRole('link', { name: 'Export' }).click();
		await expect(page.getByText('Nothing has been exported yet.')).toBeVisible();
		await page.getByRole('button', { name: 'Start' }).click();
		const file = page.getByRole('button', { name: /conversations-1\.csv/ });
		await expect(file).toBeVisible();
		await expectClean(page);
		const download = page.waitForEvent('download');
		await file.click();
		expect(await readFile(await (await download).path(), 'utf8')).toContain('Hello?');

		// The last owner stays until somebody else is the owner; an admin may go.
		const leave = async () => {
			await page.getByRole('link', { name: 'Profile' }).click();
			await page.getByRole('button', { name: 'Leave' }).click();
			await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
		};
		await leave();
		await expect(page.getByRole('alert')).toContainText('An organisation needs an owner');
		await page.getByRole('link', { name: 'Team' }).click();
		await page.getByRole('button', { name: `Make owner: ${heir.name}` }).click();
		await page.getByRole('dialog').getByRole('button', { name: 'Make owner' }).click();
		await expect(members.getByRole('listitem').filter({ hasText: heir.name })).toContainText(
			'Owner'
		);
		await leave();
		await page.waitForURL('**/welcome');
		const left = await sql`select role from public.memberships
			where organization_id = ${tenant.organization} and deactivated_at is null`;
		expect([...left]).toEqual([{ role: 'owner' }]);
	}
);

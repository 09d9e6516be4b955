import { randomUUID } from 'node:crypto';
import type { Locator, Page } from '@playwright/test';
import { violations } from '../support/axe.ts';
import { expect, inList, log, test, write } from '../support/journey.ts';

const card = (page: Page) => page.getByRole('complementary', { name: 'About the visitor' });
const undo = (page: Page, told: string) =>
	page
		.getByRole('status', { name: 'Notices' })
		.getByRole('group')
		.filter({ hasText: told })
		.getByRole('button', { name: 'Undo' });

test('what is known of a visitor: changed by hand, followed live, and merged', async ({
	tenant,
	signIn,
	visit,
	sql
}) => {
	const operator = await signIn(await tenant.addMember('owner'));
	const colleague = await signIn(await tenant.addMember('operator'));
	const visitor = await visit();
	await write(visitor, 'Is the roast fresh?');
	await inList(operator, 'Is the roast').click();
	await inList(colleague, 'Is the roast').click();
	await expect(log(colleague).getByText('Is the roast')).toBeVisible();

	await test.step('the pages of the visit come by themselves', async () => {
		const pages = card(operator).getByRole('listitem').filter({ hasText: 'Now' });
		await expect(pages).toHaveCount(1);
		await visitor.evaluate(() => {
			history.pushState(null, '', '/beans?token=s3cret&utm_source=letter');
			document.title = 'Beans of the week';
		});
		await expect(pages.filter({ hasText: 'Beans of the week' })).toBeVisible();
		// The page before it was left.
		await expect(pages).toHaveCount(1);
		await expect(card(operator).getByRole('link', { name: 'Beans of the week' })).toHaveAttribute(
			'href',
			/\/beans\?utm_source=letter$/
		);
	});

	// Wider than the card.
	const name = `Nadiia-Mariia ${randomUUID().slice(0, 4)} Nemyrovska-Bilotserkivska`;
	await test.step('name and note are written in their place, by keyboard, with a way back', async () => {
		await card(operator).getByRole('button', { name: 'Add a name' }).focus();
		await operator.keyboard.press('Enter');
		await operator.keyboard.type(name);
		await operator.keyboard.press('Enter');
		await expect(inList(operator, 'Is the roast')).toContainText(name);
		const heading = card(colleague).getByText(name).first();
		await expect(heading).toBeVisible();
		const edge = (part: Locator) => part.evaluate((one) => one.getBoundingClientRect().right);
		expect(await edge(heading)).toBeLessThan(await edge(card(colleague)));
		await expect(inList(colleague, 'Is the roast')).toContainText(name);
		await expect(card(operator).getByRole('button', { name: 'Change the name' })).toBeFocused();

		await card(operator).getByRole('button', { name: 'Add an e-mail address' }).click();
		await operator.keyboard.type('nadia at home');
		await operator.keyboard.press('Enter');
		await expect(card(operator).getByRole('alert')).toContainText('not an e-mail address');
		expect(await violations(operator)).toEqual([]);
		await card(operator).getByLabel('E-mail').fill('nadia@kavka.test');
		await operator.keyboard.press('Enter');
		await expect(card(colleague).getByRole('link', { name: 'nadia@kavka.test' })).toBeVisible();
		await card(operator).getByRole('button', { name: 'Change the name' }).click();
		await operator.keyboard.press('Backspace');
		await operator.keyboard.press('Enter');
		await expect(inList(operator, 'Is the roast')).not.toContainText(name);
		await undo(operator, 'The name is saved').last().click();
		await expect(inList(operator, 'Is the roast')).toContainText(name);
	});

	await test.step('the same address elsewhere is offered, compared, merged and taken apart', async () => {
		const other = await visit();
		await write(other, 'My order never came');
		await expect(inList(operator, 'My order never')).toBeVisible();
		await sql`
			update public.visitors set email = 'NADIA@kavka.test', name = 'N.'
			where site_id = ${tenant.site.id} and email is null`;
		await inList(operator, 'My order never').click();
		await card(operator).getByRole('button', { name: 'Compare and merge' }).click();
		const dialog = operator.getByRole('dialog', { name: 'Is this the same person?' });
		await expect(dialog.getByRole('radio')).toHaveCount(2);
		await dialog.getByRole('radio', { name: new RegExp(name) }).check();
		expect(await violations(operator)).toEqual([]);
		await dialog.getByRole('button', { name: 'Merge' }).click();
		await expect(inList(colleague, 'My order never')).toContainText(name);
		await expect(card(operator).getByText('Writes in this conversation')).toBeVisible();
		await expect(card(operator).getByRole('link', { name: /Is the roast/ })).toBeVisible();
		// The open widget of the merged one goes on, and knows nothing of the other.
		await write(other, 'Still waiting');
		await expect(log(operator).getByText('Still waiting')).toBeVisible();
		await other.reload();
		await other.getByRole('button', { name: /^Open chat/ }).click();
		await expect(log(other).getByText('Still waiting')).toBeVisible();
		await expect(other.getByText('Is the roast fresh?')).toHaveCount(0);
		await undo(operator, 'Merged into one person').click();
		await expect(inList(colleague, 'Still waiting')).toContainText('N.');
	});

	await test.step('a label made elsewhere is there without a load', async () => {
		const [label] = await sql<{ id: string }[]>`
			insert into public.labels (organization_id, name) values (${tenant.organization}, 'Roastery') returning id`;
		await operator.getByRole('button', { name: 'More views' }).click();
		await expect(operator.getByRole('link', { name: 'Roastery' })).toBeVisible();
		await sql`update public.labels set name = 'Roasters' where id = ${label?.id ?? ''}`;
		await expect(operator.getByRole('link', { name: 'Roasters' })).toBeVisible();
	});
});

import { readFile } from 'node:fs/promises';
import { uuidv7 } from '@chatiq/contracts/ids';
import { violations } from '../support/axe.ts';
import { enqueue, passTime, storedJob } from '../support/jobs.ts';
import { mailsTo } from '../support/mailbox.ts';
import { expect, test, write } from '../support/journey.ts';
import { createPerson } from '../support/tenant.ts';

test(
	'an admin finds a job that was given up, tries it again and discards it',
	{ tag: '@long' },
	async ({ tenant, signIn, sql }) => {
		const organization = tenant.organization;
		// No site in the payload: it fails for good at once.
		const id = await enqueue(sql, { kind: 'refresh_stats', organization });
		await enqueue(sql, {
			kind: 'not_known_yet',
			organization,
			payload: { site_id: tenant.site.id }
		});
		await expect.poll(() => storedJob(sql, id)).toMatchObject({ state: 'dead' });
		const page = await signIn(await tenant.addMember('admin'));
		await page.getByRole('link', { name: 'Settings' }).click();
		await page.getByRole('link', { name: 'Background jobs' }).click();
		const row = page.getByRole('listitem').filter({ hasText: 'Count statistics' });
		await expect(row).toContainText('The payload does not fit.');
		await expect(row).toContainText('Try 1 of 12');
		await row.getByRole('button', { name: 'Try now' }).click();
		// The list follows by itself.
		await expect(row).toContainText('Try 2 of');
		expect(await violations(page, { rules: 'practice' })).toEqual([]);
		await row.getByRole('button', { name: 'Discard' }).click();
		await expect(page.getByText('Nothing was given up')).toBeVisible();
		await page.getByRole('link', { name: 'Will be retried' }).click();
		await expect(page.getByRole('listitem').filter({ hasText: 'not_known_yet' })).toContainText(
			'Journey'
		);
		await page.getByRole('link', { name: 'Health' }).click();
		await expect(page.getByText('answers in').first()).toBeVisible();
		await expect(page.getByText('Jobs that will be retried')).toBeVisible();
		expect(await violations(page, { rules: 'practice' })).toEqual([]);
		await page.getByRole('link', { name: 'Background jobs' }).click();
		await page.getByRole('link', { name: 'Done' }).click();
		await expect(page.getByRole('listitem').filter({ hasText: 'Count statistics' })).toContainText(
			'Discarded'
		);
	}
);

test(
	'links in mails: joining by an invitation, and hearing no more of missed chats',
	{ tag: '@long' },
	async ({ backend, tenant, visit, sql, browser }) => {
		const admin = await tenant.addMember('admin');
		const guest = await createPerson(backend);
		await admin.client
			.rpc('invite_member', {
				invitation_id: uuidv7(),
				organization_id: tenant.organization,
				email: guest.email,
				role: 'operator',
				site_ids: [tenant.site.id]
			})
			.throwOnError();
		await expect.poll(() => mailsTo(backend, guest.email)).toHaveLength(1);
		const linkIn = async (address: string, path: string) => {
			const mails = await mailsTo(backend, address);
			return (
				mails
					.map(({ text }) => text.match(new RegExp(`http\\S+/${path}/\\S+`))?.[0])
					.find(Boolean) ?? ''
			);
		};
		const context = await browser.newContext();
		const page = await context.newPage();
		await page.goto(await linkIn(guest.email, 'invitation'));
		await page.getByRole('link', { name: 'Sign in to join' }).click();
		await page.getByLabel('E-mail').fill(guest.email);
		await page.getByLabel('Password', { exact: true }).fill(guest.password);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.getByRole('button', { name: 'Join' }).click();
		await expect(page.getByText('All answered')).toBeVisible();

		await write(await visit(), 'Is anybody there?');
		await expect
			.poll(async () => {
				await passTime(sql, tenant.organization);
				return linkIn(guest.email, 'unsubscribe');
			})
			.not.toBe('');
		await page.goto(await linkIn(guest.email, 'unsubscribe'));
		await page.getByRole('button', { name: 'Stop these mails' }).click();
		await expect(page.getByRole('heading', { name: 'Done' })).toBeVisible();
		const [wants] = await sql`select app.wants_mail(${tenant.organization}, ${guest.email})`;
		expect(wants).toEqual({ wants_mail: false });
		await page.goto((await linkIn(guest.email, 'unsubscribe')).replace(/.{4}$/, 'AAAA'));
		await page.getByRole('button', { name: 'Stop these mails' }).click();
		await expect(page.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
		await context.close();
	}
);

test('an owner takes everything out as files, and ends the weekly report', async ({
	backend,
	sql,
	tenant,
	signIn,
	visit
}) => {
	const owner = await tenant.addMember('owner');
	await write(await visit(), 'Remember me');
	const page = await signIn(owner);
	await page.goto(`${backend.url}/settings/export`);
	await page.getByText('Everything', { exact: true }).click();
	await page.getByRole('button', { name: 'Start' }).click();
	const arrival = page.waitForEvent('download');
	await page.getByRole('button', { name: /^conversations-1\.json/ }).click();
	const download = await arrival;
	expect(download.suggestedFilename()).toBe('conversations-1.json');
	expect(await readFile(await download.path(), 'utf8')).toContain('"body": "Remember me"');
	await expect(page).toHaveURL(`${backend.url}/settings/export`);
	expect(await violations(page, { rules: 'practice' })).toEqual([]);

	const [link] = await sql<{ token: string }[]>`
		select app.unsubscribe_token(${tenant.organization}, 'weekly_report', ${owner.id}) as token`;
	await page.goto(`${backend.url}/unsubscribe/${link?.token ?? ''}`);
	await expect(page.getByRole('heading', { name: 'No more weekly reports?' })).toBeVisible();
	await page.getByRole('button', { name: 'Stop these mails' }).click();
	await expect(page.getByRole('heading', { name: 'Done' })).toBeVisible();
	await page.goto(`${backend.url}/settings/notifications`);
	await expect(page.getByRole('switch', { name: 'Weekly report' })).not.toBeChecked();
});

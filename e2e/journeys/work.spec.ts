import { randomUUID } from 'node:crypto';
import { expect, inList, log, test, write } from '../support/journey.ts';

test('a conversation is taken, put away and closed, each with a way back', async ({
	tenant,
	signIn,
	visit,
	sql
}) => {
	const owner = await tenant.addMember('owner');
	const label = `Wholesale ${randomUUID().slice(0, 4)}`;
	await sql`insert into public.labels (organization_id, name) values (${tenant.organization}, ${label})`;
	const operator = await signIn(owner);
	const mate = await tenant.addMember('operator');
	const colleague = await signIn(mate);
	const visitor = await visit();
	await write(visitor, 'Do you sell to cafés?');
	await inList(operator, 'Do you sell').click();
	await expect(log(operator).getByText('Do you sell')).toBeVisible();

	const views = operator.getByRole('navigation', { name: 'Views' });
	await operator.keyboard.press('m');
	await expect(operator.getByRole('button', { name: `Assigned to ${owner.name}` })).toBeVisible();
	await views.getByRole('link', { name: 'Mine' }).click();
	await expect(inList(operator, 'Do you sell')).toBeVisible();
	await expect(views.getByRole('link', { name: 'Mine 1' })).toBeVisible();
	// Live on the other screen.
	await colleague
		.getByRole('navigation', { name: 'Views' })
		.getByRole('link', { name: 'Unassigned' })
		.click();
	await expect(colleague.getByText('Everything has somebody')).toBeVisible();

	await test.step('whoever does nothing is away, until they move; busy is chosen', async () => {
		const account = (presence: string) =>
			colleague.getByRole('button', { name: `Account, ${presence}` }).first();
		await expect(account('Online')).toBeVisible();
		await colleague.clock.install();
		await colleague.clock.fastForward('11:00');
		await sql`
			update private.operator_presence set active_at = active_at - interval '11 minutes'
			where user_id = ${mate.id}`;
		// As after a lost line: the console reports at once.
		await colleague.evaluate(() => dispatchEvent(new Event('online')));
		await expect(account('Away')).toBeVisible();
		await colleague.mouse.move(400, 400);
		await expect(account('Online')).toBeVisible();
		await account('Online').click();
		await colleague.getByText('Busy', { exact: true }).click();
		await expect(account('Busy')).toBeVisible();
		await colleague.keyboard.press('Escape');
		await colleague.clock.resume();
	});

	await inList(operator, 'Do you sell').click();
	await expect(log(operator).getByText('Do you sell')).toBeVisible();
	await operator.keyboard.press('l');
	await operator.getByRole('button', { name: label }).click();
	await operator.getByText('Urgent', { exact: true }).click();
	await operator.keyboard.press('Escape');
	await expect(inList(operator, 'Do you sell').getByText('Urgent')).toBeAttached();
	await expect(inList(operator, 'Do you sell').getByText(label)).toBeAttached();

	await operator.keyboard.press('s');
	await operator.getByRole('button', { name: /Tomorrow morning/ }).click();
	await expect(operator.getByText('Nothing on your desk')).toBeVisible();
	const toasts = operator.getByRole('status', { name: 'Notices' }).getByRole('group');
	await toasts.filter({ hasText: 'Snoozed until' }).getByRole('button', { name: 'Undo' }).click();
	await expect(inList(operator, 'Do you sell')).toBeVisible();

	await operator.keyboard.press('l');
	await operator.getByRole('button', { name: 'Spam' }).click();
	await expect(operator.getByText('Nothing on your desk')).toBeVisible();
	await operator.getByRole('button', { name: 'More views' }).click();
	await operator.getByRole('link', { name: 'Closed' }).click();
	await expect(inList(operator, 'Do you sell')).toBeVisible();
	const [row] = await sql`
		select status, close_reason, priority, assignee_id from public.conversations
		where site_id = ${tenant.site.id}`;
	expect(row).toEqual({
		...{ status: 'closed', close_reason: 'spam', priority: 'urgent' },
		assignee_id: owner.id
	});
});

test(
	'what somebody wrote is found while one types, on the phone too',
	{ tag: '@long' },
	async ({ tenant, signIn, visit }) => {
		const operator = await signIn(await tenant.addMember('owner'));
		await operator.setViewportSize({ width: 390, height: 780 });
		const visitor = await visit();
		await write(visitor, 'Is the Ethiopian Guji in stock?');
		await expect(inList(operator, 'Ethiopian Guji')).toBeVisible();
		await expect(operator.getByRole('link', { name: '1 unread notification' })).toBeVisible();
		await operator.keyboard.press('/');
		await operator.keyboard.type('guji');
		const found = operator.getByRole('navigation', { name: 'Search results' }).getByRole('link');
		await expect(found).toContainText('Is the Ethiopian Guji in stock?');
		await expect(found.locator('mark')).toHaveText('Guji');
		await found.click();
		await expect(log(operator).getByText('Is the Ethiopian Guji')).toBeVisible();
		await operator.getByRole('link', { name: 'Back to the list' }).click();
		await operator.getByRole('textbox', { name: /^Search/ }).fill('nothing like it');
		await expect(operator.getByText('Nothing found')).toBeVisible();
		await operator.getByRole('button', { name: 'Clear the search' }).click();
		await expect(inList(operator, 'Ethiopian Guji')).toBeVisible();
	}
);

test('a visitor who misbehaves is blocked, forgiven, exported and erased', async ({
	tenant,
	signIn,
	visit,
	sql
}) => {
	const operator = await signIn(await tenant.addMember('owner'));
	const visitor = await visit();
	await write(visitor, 'Buy my watches');
	await inList(operator, 'Buy my watches').click();
	await expect(operator.getByText('This is the first one.')).toBeVisible();

	await operator.getByRole('button', { name: 'Block', exact: true }).click();
	const dialog = operator.getByRole('dialog');
	await dialog.getByText('A week').click();
	await dialog.getByLabel('Reason (for your team)').fill('Spam');
	await dialog.getByRole('button', { name: 'Block' }).click();
	await expect(operator.getByText(/^Blocked until/)).toBeVisible();
	await write(visitor, 'Buy them now');
	await expect(visitor.getByText('Not sent', { exact: false }).first()).toBeVisible();
	const count = async () =>
		(
			await sql<{ count: number }[]>`
				select count(*)::int from public.messages where site_id = ${tenant.site.id}`
		)[0]?.count;
	expect(await count()).toBe(1);
	await operator.getByRole('button', { name: 'Unblock' }).click();
	await expect(operator.getByRole('button', { name: 'Block', exact: true })).toBeVisible();

	const download = operator.waitForEvent('download');
	await operator.getByRole('button', { name: 'Export as a file' }).click();
	const file = await (await download).createReadStream();
	const text = (await file.toArray()).join('');
	expect(JSON.parse(text)).toMatchObject({
		conversations: [{ messages: [{ body: 'Buy my watches' }] }]
	});

	await operator.getByRole('button', { name: 'Erase everything' }).click();
	await operator.getByRole('button', { name: 'Erase for good' }).click();
	await expect(operator.getByText('There is no such conversation')).toBeVisible();
	expect(await count()).toBe(0);
});

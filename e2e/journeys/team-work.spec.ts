import { expect, inList, log, test, write } from '../support/journey.ts';

test('conversations are given by turns, timed, followed and handed to another team', async ({
	backend,
	tenant,
	signIn,
	visit,
	sql
}) => {
	const [owner, ann] = await Promise.all([tenant.addMember('owner'), tenant.addMember('operator')]);
	await tenant.addSite('Outlet');
	const [boss, colleague] = await Promise.all([signIn(owner), signIn(ann)]);

	// Switched on where its effect is explained.
	await boss.goto(`${backend.url}/settings/sites/${tenant.site.id}/work`);
	await boss.getByRole('switch', { name: 'Give new conversations to somebody' }).click();
	const line = boss.getByRole('list').filter({ hasText: ann.name });
	await expect(line.getByRole('listitem')).toHaveCount(2);
	await expect(line.getByText('Next', { exact: true })).toHaveCount(1);
	await boss.getByRole('switch', { name: 'A target for the first answer' }).click();
	const minutes = boss.getByLabel('Minutes to answer');
	await minutes.fill('0');
	await boss.getByRole('button', { name: 'Save' }).click();
	await expect(boss.getByText('A whole number from 1 to 10080.')).toBeVisible();
	await minutes.fill('4');
	await boss.getByRole('button', { name: 'Save' }).click();
	await expect(boss.getByRole('button', { name: 'Save' })).toBeHidden();
	// The owner has no room: whoever comes is given to Ann.
	await owner.client
		.rpc('set_member_capacity', {
			...{ organization_id: tenant.organization, user_id: owner.id, capacity: 0 }
		})
		.throwOnError();
	await boss.goto(`${backend.url}/inbox`);

	const visitor = await visit();
	await write(visitor, 'Is anybody there?');
	await colleague.getByRole('link', { name: 'Mine' }).click();
	const row = inList(colleague, 'Is anybody there?');
	await expect(row).toBeVisible();
	await expect(row.getByText(/Answer due in/)).toBeAttached();
	await row.click();
	await expect(log(colleague).getByText(`Assigned automatically to ${ann.name}`)).toBeVisible();

	// As if most of the time had gone: the list says so without being asked, the schedule warns.
	await sql`
		update public.conversations set
			reply_due_at = now() + interval '50 seconds', reply_warn_at = now(), reply_watch_at = now()
		where site_id = ${tenant.site.id}`;
	await expect(row.locator('[data-reply=soon]')).toBeVisible();
	// A conversation that somebody writes to just now is left to the next minute.
	await expect
		.poll(async () => {
			await sql`select app.run_every_minute()`;
			return sql`
				select user_id from public.notifications
				where kind = 'reply_due' and site_id = ${tenant.site.id}`;
		})
		.toEqual([{ user_id: ann.id }]);
	await sql`update public.conversations set reply_due_at = now() where site_id = ${tenant.site.id}`;
	await expect(row.locator('[data-reply=late]')).toBeVisible();

	// The owner follows without taking it.
	await inList(boss, 'Is anybody there?').click();
	await expect(log(boss).getByText('Is anybody there?')).toBeVisible();
	await boss.keyboard.press('f');
	await expect(boss.getByText('You hear of every new message here')).toBeVisible();
	const follow = boss.getByRole('button', { name: /^(Follow|Stop following)/ });
	await expect(follow).toHaveText('1');
	// Whoever speaks to the browser says what is seen.
	await expect(follow).toHaveAccessibleName(/1/);
	await boss.getByRole('button', { name: 'More views' }).click();
	await boss.getByRole('link', { name: 'Followed 1' }).click();
	await expect(inList(boss, 'Is anybody there?')).toBeVisible();
	await write(visitor, 'Still waiting');
	await inList(boss, 'Still waiting').click();
	await expect(log(boss).getByText('Still waiting')).toBeVisible();

	// To the other team and back; the visitor notices nothing.
	await boss.keyboard.press('t');
	await boss.getByRole('button', { name: /^Outlet/ }).click();
	await expect(log(boss).getByText(`${owner.name} gave it to the team of Outlet`)).toBeVisible();
	await expect(log(colleague).getByText('gave it to the team of')).toBeVisible();
	const toast = boss.getByRole('status', { name: 'Notices' }).getByRole('group');
	await toast
		.filter({ hasText: 'Given to the team of Outlet' })
		.getByRole('button', { name: 'Undo' })
		.click();
	await expect
		.poll(async () => {
			const [stored] = await sql`
				select assignee_id, team_site_id from public.conversations where site_id = ${tenant.site.id}`;
			return stored;
		})
		.toEqual({ assignee_id: ann.id, team_site_id: null });
	await boss.keyboard.press('Control+k');
	const palette = boss.getByRole('dialog', { name: 'Commands' });
	// At once: it is still on its way.
	await boss.keyboard.type('team of Outlet');
	await expect(palette.getByRole('combobox')).toHaveValue('team of Outlet');
	await expect(palette.getByRole('option', { name: 'Give to the team of Outlet' })).toBeVisible();
	await boss.keyboard.press('Enter');
	await expect(boss.getByText('With the team of Outlet')).toBeVisible();
	await write(boss, 'The outlet is here for you');
	await expect(log(visitor).getByText('The outlet is here for you')).toBeVisible();
	await write(visitor, 'Thank you');
	await expect(log(boss).getByText('Thank you')).toBeVisible();
});

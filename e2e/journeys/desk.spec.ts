import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { violations } from '../support/axe.ts';
import { expect, inList, log, test, write } from '../support/journey.ts';

const note = (page: Page) => page.getByRole('textbox', { name: 'Private note' });
const answer = (page: Page) => page.getByRole('textbox', { name: 'Your answer' });
const bubble = (page: Page, text: string) => log(page).locator('article').filter({ hasText: text });

test('two operators work on a conversation: notes, templates, edits, links, commands', async ({
	tenant,
	signIn,
	visit,
	sql
}) => {
	const [ann, bob] = [await tenant.addMember('owner'), await tenant.addMember('operator')];
	await sql`
		insert into public.quick_templates (organization_id, language, shortcut, title, body) values
			(${tenant.organization}, 'en', 'ship', 'Shipping', 'We ship to Lviv. {{operator_name}}'),
			(${tenant.organization}, 'en', 'hello', 'Greeting', 'Hello {{visitor_name}}, {{site_name}} here')`;
	// A name of one word: the list must not stay open behind it.
	bob.name = `Bob${randomUUID().slice(0, 4)}`;
	await sql`update public.profiles set display_name = ${bob.name} where id = ${bob.id}`;
	const [operator, colleague, visitor] = [await signIn(ann), await signIn(bob), await visit()];
	await operator.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await write(visitor, 'Do you ship to Lviv?');
	await inList(operator, 'Do you ship').click();
	await inList(colleague, 'Do you ship').click();
	await expect(bubble(operator, 'Do you ship')).toBeVisible();
	await expect(operator.getByTitle(`${bob.name} is looking at this too`)).toBeVisible();

	await test.step('a note names a colleague and never reaches the visitor', async () => {
		await operator.keyboard.press('n');
		await expect(note(operator)).toBeFocused();
		await operator.keyboard.type('Is it in stock, @');
		const colleagues = operator.getByRole('listbox', { name: 'Colleagues' });
		await expect(colleagues.getByRole('option', { name: bob.name })).toBeVisible();
		expect(await violations(operator)).toEqual([]);
		await operator.keyboard.press('Enter');
		await operator.keyboard.type('?');
		await expect(note(operator)).toHaveValue(`Is it in stock, @${bob.name} ?`);
		await operator.keyboard.press('Enter');
		await expect(bubble(colleague, `@${bob.name}`)).toContainText('Private note');
		const notified = async () =>
			(await sql`select 1 from public.notifications where kind = 'mention' and user_id = ${bob.id}`)
				.length;
		await expect.poll(notified).toBe(1);
	});

	await test.step('a template is found, filled in, and not sent with a gap', async () => {
		await operator.keyboard.press('Alt+n');
		await expect(answer(operator)).toBeFocused();
		await operator.keyboard.type('/hel');
		const templates = operator.getByRole('listbox', { name: 'Templates' });
		await expect(templates.getByRole('option')).toHaveCount(1);
		await expect(
			operator.getByText(`Hello visitor’s name, ${tenant.site.name} here`)
		).toBeVisible();
		await operator.keyboard.press('Tab');
		await expect(answer(operator)).toHaveValue(`Hello {{visitor_name}}, ${tenant.site.name} here`);
		await expect(
			operator.getByText('Not known, write it or take it out: visitor’s name')
		).toBeVisible();
		await expect(operator.getByRole('button', { name: 'Send' })).toBeDisabled();
		// The gap is selected: whatever is typed takes its place.
		await operator.keyboard.type('Ira');
		await operator.keyboard.press('Enter');
		await expect(log(visitor).getByText(`Hello Ira, ${tenant.site.name} here`)).toBeVisible();
		await operator.keyboard.type('/ship');
		await operator.keyboard.press('Enter');
		await operator.keyboard.press('Enter');
		await expect(log(visitor).getByText(`We ship to Lviv. ${ann.name}`)).toBeVisible();
		// The note came before these: had it been for the visitor, it would be there.
		await expect(log(visitor)).not.toContainText('in stock');
	});

	await test.step('an edit and a deletion are seen on both sides, a deletion can be undone', async () => {
		await operator.keyboard.press('ArrowUp');
		await expect(operator.getByText('Editing your message')).toBeVisible();
		await answer(operator).fill('We ship to Lviv in a day.');
		await operator.keyboard.press('Enter');
		await expect(bubble(operator, 'in a day')).toContainText('edited');
		await expect(log(visitor).getByRole('group').filter({ hasText: 'in a day' })).toContainText(
			/edited/i
		);
		await expect(bubble(colleague, 'in a day')).toContainText('edited');
		const hello = bubble(operator, 'Hello Ira');
		const remove = async () => {
			await hello.hover();
			await hello.getByRole('button', { name: 'More actions' }).click();
			await operator.getByRole('button', { name: 'Delete for everyone' }).click();
			await expect(log(operator).getByText('Message removed')).toBeVisible();
		};
		const toast = operator.getByRole('group').filter({ hasText: 'Message deleted' });
		await remove();
		await toast.getByRole('button', { name: 'Undo' }).click();
		await expect(hello).toBeVisible();
		await remove();
		await toast.getByRole('button', { name: 'Dismiss' }).click();
		await expect(log(visitor).getByText('Message deleted')).toBeVisible();
	});

	await test.step('a link leads a colleague to a message of long ago', async () => {
		const [{ id } = { id: '' }] = await sql<{ id: string }[]>`
			select id from public.conversations where site_id = ${tenant.site.id}`;
		const question = bubble(operator, 'Do you ship to Lviv?');
		await question.hover();
		await question.getByRole('button', { name: 'More actions' }).click();
		await operator.getByRole('button', { name: 'Copy link' }).click();
		await expect(operator.getByText('Link copied')).toBeVisible();
		const link = await operator.evaluate(() => navigator.clipboard.readText());
		expect(link).toContain(`/inbox/${id}?at=1`);
		await sql`
			insert into public.messages (id, conversation_id, author_kind, author_id, author_name, body)
			select gen_random_uuid(), ${id}, 'operator', ${bob.id}, 'Bob', 'Filler ' || n
			from generate_series(1, 300) as n`;
		await colleague.goto(link);
		await expect(bubble(colleague, 'Do you ship to Lviv?')).toHaveAttribute('aria-current', 'true');
		await expect(log(colleague).getByText('Filler 300', { exact: true })).toHaveCount(0);
		await colleague.getByRole('button', { name: /latest|new/i }).click();
		await expect(log(colleague).getByText('Filler 300', { exact: true })).toBeVisible();
	});

	await test.step('the palette finds what to do', async () => {
		await operator.keyboard.press('Control+k');
		const palette = operator.getByRole('dialog', { name: 'Commands' });
		await expect(palette.getByRole('option', { name: /^Write an answer/ })).toBeVisible();
		expect(await violations(operator)).toEqual([]);
		await operator.keyboard.type(`assign ${bob.name}`);
		await operator.keyboard.press('Enter');
		await expect(palette).toBeHidden();
		await expect(operator.getByRole('button', { name: `Assigned to ${bob.name}` })).toBeVisible();
		await operator.keyboard.press('Control+k');
		await operator.keyboard.type('block the visitor');
		await operator.keyboard.press('Enter');
		await expect(operator.getByRole('dialog', { name: /^Block / })).toBeVisible();
		await operator.keyboard.press('Escape');
		await operator.keyboard.press('Control+k');
		await operator.keyboard.type('snoozed');
		await operator.keyboard.press('Enter');
		await operator.waitForURL('**/inbox?view=snoozed');
	});
});

test('conversations are changed together and come back together, on the phone too', async ({
	tenant,
	signIn,
	sql
}) => {
	const label = `Later ${randomUUID().slice(0, 4)}`;
	await sql`insert into public.labels (organization_id, name) values (${tenant.organization}, ${label})`;
	for (const name of ['one', 'two', 'three']) {
		const [visitor, conversation] = [randomUUID(), randomUUID()];
		const of = [tenant.organization, tenant.site.id] as const;
		await sql`
			insert into public.visitors (id, organization_id, site_id) values (${visitor}, ${of[0]}, ${of[1]})`;
		await sql`
			insert into public.conversations (id, organization_id, site_id, visitor_id)
			values (${conversation}, ${of[0]}, ${of[1]}, ${visitor})`;
		await sql`
			insert into public.messages (id, conversation_id, author_kind, author_id, body)
			values (${randomUUID()}, ${conversation}, 'visitor', ${visitor}, ${`Question ${name}`})`;
	}
	const owner = await tenant.addMember('owner');
	const operator = await signIn(owner);
	const bar = operator.getByRole('toolbar', { name: 'Selected conversations' });
	const pick = (text: string) =>
		operator.getByRole('listitem').filter({ hasText: text }).getByRole('checkbox');
	const state = () => sql`
		select status, count(*)::int from public.conversations where site_id = ${tenant.site.id}
		group by status order by status`;

	await inList(operator, 'Question three').hover();
	await pick('Question three').check();
	await expect(bar.getByText('1 selected')).toBeVisible();
	await pick('Question one').click({ modifiers: ['Shift'] });
	await expect(bar.getByText('3 selected')).toBeVisible();
	expect(await violations(operator)).toEqual([]);
	await bar.getByRole('button', { name: 'Labels' }).click();
	await operator.getByRole('button', { name: label }).click();
	await expect(inList(operator, 'Question two').getByText(label)).toBeAttached();
	await expect(bar).toBeHidden();

	await operator.keyboard.press('x');
	await bar.getByRole('button', { name: 'Select all shown' }).click();
	await operator.keyboard.press('e');
	await expect(operator.getByText('3 conversations changed').first()).toBeVisible();
	await expect(operator.getByText('All answered')).toBeVisible();
	expect(await state()).toEqual([{ status: 'closed', count: 3 }]);
	await operator.keyboard.press('z');
	await expect(inList(operator, 'Question one')).toBeVisible();
	await expect.poll(state).toEqual([{ status: 'open', count: 3 }]);

	await test.step('the focus goes along, also when its line goes; saved views stand as they are put', async () => {
		// Twice at once is by two, whatever the first one still waits for.
		await operator.evaluate(() => {
			for (const key of ['j', 'j'])
				document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
		});
		await expect(inList(operator, 'Question two')).toBeFocused();
		await expect(log(operator).getByText('Question two')).toBeVisible();
		await operator.keyboard.press('e');
		await expect(inList(operator, 'Question two')).toBeHidden();
		await expect(inList(operator, 'Question one')).toBeFocused();
		await operator.keyboard.press('z');
		await expect(inList(operator, 'Question two')).toBeVisible();
		await operator.keyboard.press('r');
		await operator.keyboard.press('Escape');
		await expect(log(operator)).toBeFocused();
		for (const name of ['Alpha', 'Beta'])
			await sql`
				insert into public.saved_views (organization_id, user_id, name, filters)
				values (${tenant.organization}, ${owner.id}, ${name}, '{}')`;
		const menu = operator.getByRole('button', { name: 'More views' });
		const moves = operator.getByRole('button', { name: /^Move “/ });
		await menu.click();
		await moves.first().press('ArrowDown');
		await expect(operator.getByText('“Alpha” is now 2 of 2')).toBeAttached();
		await expect(moves.last()).toBeFocused();
		await expect
			.poll(() => sql`select cardinality(view_ids) from public.saved_view_orders`)
			.toContainEqual({ cardinality: 2 });
		await operator.reload();
		await menu.click();
		await expect(moves.first()).toHaveAccessibleName(/Beta/);
		// By hand.
		const [from, to] = [await moves.last().boundingBox(), await moves.first().boundingBox()];
		await operator.mouse.move((from?.x ?? 0) + 5, (from?.y ?? 0) + 9);
		await operator.mouse.down();
		await operator.mouse.move((to?.x ?? 0) + 5, (to?.y ?? 0) + 2, { steps: 3 });
		await operator.mouse.up();
		await expect(moves.first()).toHaveAccessibleName(/Alpha/);
		await operator.keyboard.press('Escape');
		await operator.getByRole('link', { name: 'Inbox' }).click();
	});

	await test.step('nothing moves under the pointer; what is new comes when it has gone', async () => {
		const order = () =>
			operator
				.getByRole('navigation', { name: 'Conversations' })
				.getByRole('link')
				.evaluateAll((rows) => rows.map((row) => /Question \w+|Again/.exec(row.textContent)?.[0]));
		const row = await inList(operator, 'Question two').boundingBox();
		const stir = () => operator.mouse.move((row?.x ?? 0) + 50 + 20 * Math.random(), row?.y ?? 0);
		await stir();
		await sql`
			insert into public.messages (id, conversation_id, author_kind, author_id, body)
			select gen_random_uuid(), c.id, 'visitor', c.visitor_id, 'Again'
			from public.conversations as c where c.site_id = ${tenant.site.id} and c.last_message_preview = 'Question one'`;
		// The pointer goes on moving, as that of somebody who is about to click.
		await expect(async () => {
			await stir();
			await expect(operator.getByText('1 newer conversation')).toBeVisible({ timeout: 100 });
		}).toPass();
		expect(await order()).toEqual(['Question three', 'Question two', 'Again']);
		await operator.mouse.move(900, 300);
		await expect.poll(order).toEqual(['Again', 'Question three', 'Question two']);
	});

	await test.step('the list makes room, and the search stands in the address', async () => {
		await inList(operator, 'Question three').click();
		await expect(log(operator).getByText('Question three')).toBeVisible();
		await operator.keyboard.press('[');
		await expect(inList(operator, 'Question two')).toBeHidden();
		await operator.getByRole('button', { name: 'Show the list' }).click();
		await operator.getByRole('textbox', { name: /^Search/ }).fill('Question two');
		const found = operator.getByRole('navigation', { name: 'Search results' }).getByRole('link');
		await expect(found).toHaveCount(1);
		await operator.waitForURL('**/inbox/*?q=Question+two');
		await operator.keyboard.press('ArrowDown');
		await expect(found).toBeFocused();
		await operator.keyboard.press('Enter');
		await expect(log(operator).getByText('Question two')).toBeVisible();
		await operator.reload();
		await expect(found).toHaveAttribute('aria-current', 'page');
		await operator.getByRole('button', { name: 'Clear the search' }).click();
		await expect(inList(operator, 'Question three')).toBeVisible();
		expect(new URL(operator.url()).searchParams.has('q')).toBe(false);
		await operator.getByRole('link', { name: 'Inbox' }).click();
	});

	await operator.setViewportSize({ width: 390, height: 780 });
	await operator.keyboard.press('x');
	await expect(bar.getByText('1 selected')).toBeVisible();
	await bar.getByRole('button', { name: 'Assign' }).click();
	await operator.getByRole('button', { name: 'Me' }).click();
	await expect(operator.getByText('1 conversation changed')).toBeVisible();
	await inList(operator, 'Again').click();
	// Who picks it with a pointer writes next.
	await operator.getByText('Note', { exact: true }).click();
	await expect(note(operator)).toBeFocused();
	await note(operator).fill('/');
	await expect(operator.getByText('No templates for this site yet.')).toBeVisible();
	expect(await violations(operator)).toEqual([]);
	expect(await operator.evaluate(() => document.documentElement.scrollWidth)).toBe(390);

	// A finger that draws the conversation aside leads back to the list.
	const touch = await operator.context().newCDPSession(operator);
	await touch.send('Emulation.setTouchEmulationEnabled', { enabled: true });
	const finger = (type: 'touchStart' | 'touchMove' | 'touchEnd', x?: number) =>
		touch.send('Input.dispatchTouchEvent', {
			type,
			touchPoints: x === undefined ? [] : [{ x, y: 300 }]
		});
	await finger('touchStart', 60);
	for (const x of [90, 150, 230]) await finger('touchMove', x);
	await finger('touchEnd');
	await expect(inList(operator, 'Again')).toBeVisible();
});

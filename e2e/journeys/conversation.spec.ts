import type { Page } from '@playwright/test';
import { expect, inList, log, test, write } from '../support/journey.ts';
import { openBeforeScripts } from '../support/without-scripts-yet.ts';

test('a visitor writes, an operator answers, both see it at once', async ({
	browser,
	tenant,
	signIn,
	visit
}) => {
	const operator = await signIn(await tenant.addMember('operator'));
	await expect(operator.getByText('All answered')).toBeVisible();
	const visitor = await visit();

	await write(visitor, 'Do you ship to Lviv?');
	await expect(log(visitor).getByText('Do you ship to Lviv?')).toBeVisible();
	await expect(log(visitor).getByText('Sent', { exact: true })).toBeAttached();

	// The list shows it with a badge, without a reload.
	const row = inList(operator, 'Do you ship to Lviv?');
	await expect(row).toBeVisible();
	await expect(row.getByText('1 unread message')).toBeAttached();
	await expect(operator).toHaveTitle(/\(1\)/);

	await row.click();
	await expect(log(operator).getByText('Do you ship to Lviv?')).toBeVisible();
	// Read on this side: the visitor's tick turns, the badge goes.
	await expect(log(visitor).getByText('Read', { exact: true })).toBeAttached();
	await expect(row.getByText('1 unread message')).toHaveCount(0);

	await operator
		.getByRole('textbox', { name: /^(Message|Your answer)$/ })
		.pressSequentially('Yes, ');
	await expect(visitor.getByText(/is typing/)).toBeVisible();
	await write(operator, 'Yes, in two days.');
	await expect(log(visitor).getByText('Yes, in two days.')).toBeVisible();
	await expect(visitor.getByText(/is typing/)).toHaveCount(0);

	await visitor.getByRole('textbox', { name: 'Message' }).pressSequentially('Great');
	await expect(operator.getByText(/is typing|is writing/)).toBeVisible();
	await write(visitor, 'Great, thank you!');
	await expect(log(operator).getByText('Great, thank you!')).toBeVisible();

	await test.step('what is typed before the page has come to life stays', async () => {
		const { page, arrive, close } = await openBeforeScripts(
			browser,
			{ storageState: await operator.context().storageState() },
			operator.url()
		);
		const field = page.getByRole('textbox', { name: 'Your answer' });
		await field.fill('Typed early');
		arrive();
		await expect(log(page).getByText('Great, thank you!')).toBeVisible();
		await expect(field).toHaveValue('Typed early');
		await close();
	});
	await expect(inList(operator, 'Great, thank you!')).toBeVisible();
});

test('a reload keeps the history on both sides', async ({ tenant, signIn, visit }) => {
	const operator = await signIn(await tenant.addMember('owner'));
	const visitor = await visit();
	await write(visitor, 'First');
	await inList(operator, 'First').click();
	await expect(log(operator).getByText('First')).toBeVisible();
	await write(operator, 'Second');
	await expect(log(visitor).getByText('Second')).toBeVisible();

	await visitor.reload();
	await visitor.getByRole('button', { name: 'Open chat' }).click();
	await expect(log(visitor).locator('.bubble-text')).toHaveText(['First', 'Second']);
	const joined = joinedTopics(operator);
	await operator.reload();
	await expect(log(operator).getByText('First')).toBeVisible();
	await expect(log(operator).getByText('Second')).toBeVisible();

	// The line is live again, not only the history.
	await write(visitor, 'Third');
	await expect(log(operator).getByText('Third')).toBeVisible();
	await write(operator, 'Fourth');
	await expect(log(visitor).getByText('Fourth')).toBeVisible();
	expect(joined).toContain(`realtime:inbox:${tenant.site.id}`);
	expect(joined).toEqual([...new Set(joined)]);
});

/** The topics that a page joins from now on, as often as it does. */
function joinedTopics(page: Page): string[] {
	const topics: string[] = [];
	page.on('websocket', (socket) =>
		socket.on('framesent', ({ payload }) => {
			// What is pushed is bytes, what is said of channels is text.
			if (typeof payload !== 'string') return;
			const [, , topic, event] = JSON.parse(payload) as string[];
			if (topic && event === 'phx_join') topics.push(topic);
		})
	);
	return topics;
}

test('an answer while the chat is closed shows as a badge', async ({ tenant, signIn, visit }) => {
	const operator = await signIn(await tenant.addMember('owner'));
	const visitor = await visit();
	await write(visitor, 'Anybody here?');
	await visitor.getByRole('dialog').getByRole('button', { name: 'Close chat' }).click();
	await inList(operator, 'Anybody here?').click();
	await expect(log(operator).getByText('Anybody here?')).toBeVisible();
	await write(operator, 'Yes!');
	const bubble = visitor.getByRole('button', { name: 'Open chat, unread: 1' });
	await expect(bubble).toBeVisible();
	// Also for a visitor who comes back later.
	await visitor.reload();
	await expect(bubble).toBeVisible();
	await bubble.click();
	await expect(log(visitor).getByText('Yes!')).toBeVisible();
	await expect(visitor.getByRole('button', { name: /unread/ })).toHaveCount(0);
});

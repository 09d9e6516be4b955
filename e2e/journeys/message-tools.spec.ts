import { expect, inList, log, test, write } from '../support/journey.ts';

test('the console reacts, replies, offers quick replies and deletes; the visitor sees it all', async ({
	browser,
	tenant,
	signIn,
	visit
}) => {
	const operator = await signIn(await tenant.addMember('operator'));
	const visitor = await visit();
	await write(visitor, 'Do you ship to Lviv?');
	await inList(operator, 'Do you ship to Lviv?').click();
	const question = log(operator).locator('article').filter({ hasText: 'Do you ship to Lviv?' });

	await question.hover();
	await question.getByRole('button', { name: 'React' }).click();
	await operator.getByRole('button', { name: '❤️', exact: true }).click();
	await expect(question.getByRole('button', { name: '❤️: You' })).toHaveAttribute(
		'aria-pressed',
		'true'
	);
	const shown = log(visitor).getByRole('button', { name: '❤️, 1', exact: true });
	await expect(shown).toBeVisible();
	await shown.click();
	await expect(question.getByRole('button', { name: /❤️: You, Visitor/ })).toHaveText('❤️ 2');
	await question.getByRole('button', { name: /❤️: You/ }).click();
	await expect(question.getByRole('button', { name: /❤️: Visitor/ })).toHaveText('❤️ 1');

	await question.hover();
	await question.getByRole('button', { name: 'Reply' }).click();
	await expect(operator.getByText('Replying to Visitor')).toBeVisible();
	await operator.getByRole('button', { name: 'Quick replies' }).click();
	const text = operator.getByRole('textbox', { name: 'Text of a button' });
	for (const label of ['With Nova Post', 'By courier']) {
		await text.fill(label);
		await text.press('Enter');
	}
	await operator.keyboard.press('Escape');
	await operator.getByRole('textbox', { name: 'Your answer' }).fill('**Yes.** How shall we? ');
	await operator.getByRole('button', { name: 'Emoji', exact: true }).click();
	await operator.getByRole('button', { name: '👍', exact: true }).click();
	await operator.keyboard.press('Enter');
	const answer = log(operator).locator('article').filter({ hasText: 'Yes. How shall we?' });
	await expect(answer.getByRole('button', { name: /^Answer to Visitor/ })).toBeVisible();
	await expect(answer.getByRole('list', { name: 'Quick replies' })).toContainText('By courier');
	await expect(log(visitor).getByText('Yes. How shall we? 👍')).toBeVisible();
	await expect(log(visitor).locator('.strong')).toHaveText('Yes.');
	// A line of a list has no room for signs that mean bold.
	await expect(inList(operator, 'Team: Yes. How shall we?')).toBeVisible();
	await expect(
		log(visitor).getByRole('button', { name: /^Answer to You: Do you ship/ })
	).toBeVisible();
	await visitor.getByRole('button', { name: 'By courier' }).click();
	await expect(log(operator).getByText('By courier', { exact: true }).last()).toBeVisible();

	// By finger, one button beside a message holds them all.
	const pocket = await browser.newContext({
		...{ storageState: await operator.context().storageState(), locale: 'en-GB' },
		...{ viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true }
	});
	const phone = await pocket.newPage();
	await phone.goto(operator.url());
	const asked = log(phone).locator('article').filter({ hasText: 'By courier' }).last();
	await expect(asked.getByRole('button')).toHaveCount(1);
	await asked.getByRole('button', { name: 'More actions' }).tap();
	await phone.getByRole('button', { name: '👍', exact: true }).tap();
	await expect(asked.getByRole('button', { name: '👍: You' })).toBeVisible();
	await asked.getByRole('button', { name: 'More actions' }).tap();
	await phone.getByRole('button', { name: 'Reply', exact: true }).tap();
	await expect(phone.getByText('Replying to Visitor')).toBeVisible();
	// A finger's Enter makes a line; a keyboard beside the tablet sends nevertheless.
	const field = phone.getByRole('textbox', { name: 'Your answer' });
	await field.fill('By hand, today');
	await field.press('Control+Enter');
	await expect(log(phone).getByText('By hand, today')).toBeVisible();
	await pocket.close();

	await answer.hover();
	await answer.getByRole('button', { name: 'More actions' }).click();
	await operator.getByRole('button', { name: 'Delete for everyone' }).click();
	await operator.getByRole('button', { name: 'Dismiss' }).last().click();
	await expect(log(operator).getByText('Message removed')).toBeVisible();
	await expect(log(visitor).getByText('Message deleted')).toBeVisible();
});

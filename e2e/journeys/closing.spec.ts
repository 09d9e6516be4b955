import { readFile } from 'node:fs/promises';
import { expect, inList, log, write } from '../support/journey.ts';
import { violations } from '../support/axe.ts';
import { test } from '../support/forms.ts';

test('the team closes, the visitor rates, changes the rating, and goes on writing', async ({
	come,
	tenant,
	signIn
}) => {
	const operator = await signIn(await tenant.addMember('operator'));
	const visitor = await come();
	await write(visitor, 'Thanks for the coffee');
	await inList(operator, 'Thanks for the coffee').click();
	await expect(log(operator).getByText('Thanks for the coffee')).toBeVisible();
	await write(operator, 'You are welcome');
	await expect(log(visitor).getByText('You are welcome')).toBeVisible();
	await operator.getByRole('button', { name: 'Close', exact: true }).click();
	await expect(log(visitor).getByText(/was closed/)).toBeVisible();

	const scale = visitor.getByRole('group', { name: 'How did we do?' });
	await scale.getByRole('radio', { name: 'Terrible' }).press('Space');
	await visitor.keyboard.press('ArrowRight');
	await expect(scale.getByRole('radio', { name: 'Bad' })).toBeChecked();
	await visitor.getByRole('textbox', { name: /add something/ }).fill('A little slow');
	expect(await violations(visitor)).toEqual([]);

	// Begun before a reload, finished after it.
	await visitor.reload();
	await visitor.getByRole('button', { name: 'Open chat' }).click();
	await expect(scale.getByRole('radio', { name: 'Bad' })).toBeChecked();
	const comment = visitor.getByRole('textbox', { name: /add something/ });
	await expect(comment).toHaveValue('A little slow');
	await visitor.getByRole('button', { name: 'Send rating' }).click();
	const thanks = visitor.getByText('Thank you! You rated us: Bad.');
	await expect(thanks).toBeVisible();
	await expect(log(operator).getByRole('img', { name: '2 of 5' })).toBeVisible();
	await expect(log(operator).getByText('A little slow')).toBeVisible();
	expect(await violations(operator)).toEqual([]);

	await visitor.getByRole('button', { name: 'Change rating' }).click();
	await scale.getByRole('radio', { name: 'Great' }).press('Space');
	await comment.fill('');
	await visitor.getByRole('button', { name: 'Send rating' }).click();
	const card = operator.getByRole('complementary', { name: 'About the visitor' });
	await expect(card.getByRole('img', { name: '5 of 5' })).toBeVisible();
	await expect(operator.getByText('A little slow')).toHaveCount(0);

	await write(visitor, 'One more thing');
	await expect(log(operator).getByText('One more thing')).toBeVisible();
	await expect(operator.getByRole('button', { name: 'Close', exact: true })).toBeVisible();
	await expect(log(visitor).getByText(/was closed/)).toHaveCount(0);
});

test('без зв’язку оцінка не губиться', async ({ come, setForms, sql, tenant }) => {
	await setForms({ rating: { enabled: true, scale: 'stars', comment: true } });
	const visitor = await come({ language: 'uk', phone: true });
	const field = visitor.getByRole('textbox', { name: 'Повідомлення' });
	await field.fill('Дякую');
	await field.press('Enter');
	await expect(visitor.getByText('Надіслано', { exact: true })).toBeAttached();
	await sql`update public.conversations set status = 'closed', closed_at = now() where site_id = ${tenant.site.id}`;
	const scale = visitor.getByRole('group', { name: 'Як ми впоралися?' });
	await scale.getByText('★').nth(3).tap();
	await expect(scale.getByRole('radio', { name: 'Добре' })).toBeChecked();
	await visitor.getByRole('textbox', { name: /додати/ }).fill('Смачно');
	await visitor.context().setOffline(true);
	await visitor.getByRole('button', { name: 'Надіслати оцінку' }).tap();
	await expect(visitor.getByRole('alert')).toHaveText(/Немає з’єднання/);
	await visitor.context().setOffline(false);
	await visitor.getByRole('button', { name: 'Надіслати оцінку' }).tap();
	await expect(visitor.getByText('Дякуємо! Ваша оцінка: Добре.')).toBeVisible();
	const rows =
		await sql`select score, comment from public.ratings where site_id = ${tenant.site.id}`;
	expect([...rows]).toEqual([{ score: 4, comment: 'Смачно' }]);
});

for (const [language, words] of [
	[
		'en',
		{
			more: 'More',
			take: 'Save conversation',
			download: 'Download',
			mail: 'Send to my e-mail',
			sent: 'Sent',
			message: 'Message',
			email: 'E-mail',
			way: /On its way to/,
			you: 'You',
			back: 'Back to the conversation'
		}
	],
	[
		'uk',
		{
			more: 'Ще',
			take: 'Зберегти розмову',
			download: 'Завантажити',
			mail: 'Надіслати мені поштою',
			sent: 'Надіслано',
			message: 'Повідомлення',
			email: 'Ел. пошта',
			way: /Надсилаємо на/,
			you: 'Ви',
			back: 'Назад до розмови'
		}
	]
] as const) {
	test(
		`the whole conversation as a file and by mail, ${language}`,
		{ tag: '@long' },
		async ({ come, sql, tenant }) => {
			const visitor = await come({ language });
			const field = visitor.getByRole('textbox', { name: words.message });
			await field.fill('<img src=x onerror=alert(1)> & "quotes", **bold**');
			await field.press('Enter');
			await expect(visitor.getByText(words.sent, { exact: true })).toBeAttached();
			const more = visitor.getByRole('button', { name: words.more, exact: true });
			await more.press('Enter');
			expect(await violations(visitor)).toEqual([]);
			await visitor.getByRole('menuitem', { name: words.take }).press('Enter');
			const email = visitor.getByRole('textbox', { name: words.email });
			await email.fill('nobody');
			await visitor.getByRole('button', { name: words.mail }).click();
			await expect(email).toBeFocused();
			await expect(email).toHaveAccessibleDescription(/name@example.com/);
			expect(await violations(visitor)).toEqual([]);

			await sql`
			insert into public.messages (id, conversation_id, author_kind, author_name, body)
			select gen_random_uuid(), c.id, 'operator', 'Olena', 'Line ' || n
			from public.conversations as c, generate_series(1, 220) as n
			where c.site_id = ${tenant.site.id} order by n`;

			const download = visitor.waitForEvent('download');
			await visitor.getByRole('button', { name: words.download }).click();
			const file = await download;
			expect(file.suggestedFilename()).toMatch(/^Journey \d{4}-\d\d-\d\d\.html$/);
			const html = await readFile(await file.path(), 'utf8');
			const page = await visitor.context().newPage();
			await page.setContent(html);
			expect(await page.locator('article p').count()).toBe(221);
			await expect(page.locator('article').first()).toContainText(
				'<img src=x onerror=alert(1)> & "quotes", bold'
			);
			expect(await page.locator('img').count()).toBe(0);
			await expect(page.locator('article h2').first()).toContainText(words.you);
			await expect(page.locator('article').last()).toContainText('Line 220');
			expect(await page.locator('html').getAttribute('lang')).toBe(language);
			await page.close();

			await email.fill('iryna@shop.test');
			await email.press('Enter');
			await expect(visitor.getByText(words.way)).toContainText('iryna@shop.test');
			const jobs = await sql`
			select payload ->> 'email' as email, payload ->> 'language' as language from private.jobs
			where kind = 'send_transcript' and organization_id = ${tenant.organization}`;
			expect([...jobs]).toEqual([{ email: 'iryna@shop.test', language }]);

			// Back to where one was.
			await visitor.getByRole('button', { name: words.back }).press('Escape');
			await expect(more).toBeFocused();
			await expect(field).toBeVisible();
		}
	);
}

import { uuidv7 } from '@chatiq/contracts/ids';
import { violations } from '../support/axe.ts';
import { connect } from '../support/backend.ts';
import { byPostmark, eventByMailgun } from '../support/inbound.ts';
import { passTime } from '../support/jobs.ts';
import { mailsTo } from '../support/mailbox.ts';
import { expect, test } from '../support/journey.ts';
import { openSession } from '../support/tenant.ts';

test(
	'a visitor answers by e-mail, mail comes back, and an admin sees how mail is',
	{ tag: '@long' },
	async ({ backend, tenant, signIn, sql, shop }) => {
		const admin = await tenant.addMember('admin');
		const session = await openSession(backend, { site_key: tenant.site.site_key }, shop.origin);
		const client = connect(backend, session.token);
		const [id, email] = [uuidv7(), `${uuidv7()}@visitors.test`];
		await client
			.rpc('start_conversation', {
				...{ conversation_id: id, message_id: uuidv7(), body: 'Do you deliver?' },
				visitor: { name: 'Marta', email }
			})
			.throwOnError();
		const page = await signIn(admin);
		await page.goto(`${backend.url}/inbox/${id}`);
		await expect(page.getByRole('log').getByText('Do you deliver?')).toBeVisible();
		await page.getByPlaceholder('Write an answer…').fill('On Saturday, yes');
		await page.keyboard.press('Enter');
		const mail = async () => {
			await passTime(sql, tenant.organization);
			return (await mailsTo(backend, email))[0];
		};
		await expect.poll(async () => (await mail())?.replyTo).toMatch(/^reply\+/);
		const { replyTo, text, messageId } = (await mail()) ?? {};
		const quote = (text ?? '').replace(/^/gm, '> ');
		const written = `Wonderful, thank you!\n\nOn Sat, Nov 21, 2026 Shop <chat@localhost> wrote:\n${quote}`;
		const list = { name: 'list.txt', type: 'text/plain', bytes: Buffer.from('flour, milk') };
		await byPostmark(backend, { from: email, to: replyTo ?? '', text: written, files: [list] });
		const log = page.getByRole('log');
		await expect(log.getByText('Wonderful, thank you!', { exact: true })).toBeVisible();
		await expect(log.getByText('list.txt')).toBeVisible();

		await eventByMailgun(backend, {
			...{ event: 'failed', severity: 'permanent', reason: 'bounce', recipient: email },
			'delivery-status': { code: 550, message: '5.1.1 No such mailbox' },
			message: { headers: { 'message-id': messageId ?? '' } }
		});
		await page.reload();
		await expect(page.getByText('Mail to this address came back.')).toBeVisible();

		await page.goto(`${backend.url}/settings/mail`);
		await expect(page.getByText('Answers by e-mail become messages.')).toBeVisible();
		await expect(page.getByText('Became messages')).toBeVisible();
		const frame = page.frameLocator('iframe[title="The mail"]');
		await expect(frame.getByText('Write your answer above this line')).toBeVisible();
		await page.getByRole('combobox', { name: 'Mail', exact: true }).selectOption('Weekly report');
		await page.getByRole('combobox', { name: 'Language' }).selectOption('uk');
		await expect(frame.getByText('Задоволені відвідувачі')).toBeVisible();
		expect(await violations(page, { rules: 'practice' })).toEqual([]);
		const row = page.getByRole('listitem').filter({ hasText: email });
		await expect(row).toContainText('5.1.1 No such mailbox');
		await row.getByRole('button', { name: 'Allow again' }).click();
		await expect(page.getByText('Every address takes mail.')).toBeVisible();

		await page.goto(`${backend.url}/settings/notifications`);
		await page.getByRole('switch', { name: 'Daily summary' }).check();
		await expect(page.getByText('Saved')).toBeVisible();
		await page.reload();
		await expect(page.getByRole('switch', { name: 'Daily summary' })).toBeChecked();
		await expect(page.getByRole('switch', { name: 'Weekly report' })).toBeChecked();
	}
);

import type { Page } from '@playwright/test';
import { uuidv7 } from '@chatiq/contracts/ids';
import { expect, log, test as journey, write } from '../support/journey.ts';
import { formField, test, violations } from '../support/forms.ts';
import { png } from '../support/corpus.ts';
import type { Person } from '../support/tenant.ts';

const composer = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });

async function answer(operator: Person, body: string): Promise<void> {
	const { data } = await operator.client.from('conversations').select('id').single().throwOnError();
	await operator.client
		.rpc('send_operator_message', {
			...{ conversation_id: data.id, message_id: uuidv7(), body, seen_seq: 1_000_000 }
		})
		.throwOnError();
}

test('axe finds nothing in any state, light and dark', async ({
	come,
	setForms,
	sql,
	tenant
}) => {
	const operator = await tenant.addMember('operator');
	await setForms({
		pre_chat: { enabled: true, fields: [formField('name', 'text')] },
		consent: { text: { en: 'We keep what you write. https://example.com/privacy', uk: '' } }
	} as never);
	const page = await come();
	const clean = async (state: string) => {
		for (const colorScheme of ['light', 'dark'] as const) {
			await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
			expect(await violations(page), `${state}, ${colorScheme}`).toEqual([]);
		}
	};
	await expect(page.getByRole('textbox', { name: 'Name' })).toBeVisible();
	await clean('a form');
	await page.getByRole('textbox', { name: 'Name' }).fill('Olena');
	await write(page, 'Hello');
	await expect(log(page).getByText('Sent', { exact: true })).toBeAttached();
	await page.locator('input[type=file]').setInputFiles([
		{ name: 'bag.png', mimeType: 'image/png', buffer: png(60, 40) },
		{ name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('beans') }
	]);
	await expect(page.getByRole('button', { name: /bag\.png/ }).first()).toBeVisible();
	await clean('files to send');
	await composer(page).press('Enter');
	await answer(operator, 'See https://example.com/beans 👍');
	await expect(log(page).getByText('beans')).toBeVisible();
	await clean('a chat');
	await page.getByRole('button', { name: 'Emoji' }).click();
	await expect(page.getByRole('gridcell').first()).toBeVisible();
	await clean('emoji');
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'More', exact: true }).click();
	await clean('the menu');
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'Your conversations' }).click();
	await expect(page.getByRole('button', { name: 'New conversation' })).toBeVisible();
	await clean('the list');
	await page.getByRole('button', { name: 'Back to the chat' }).click();
	await page.context().setOffline(true);
	await write(page, 'Later');
	await expect(page.getByText('You’re offline.')).toBeVisible();
	await clean('offline');
	await page.context().setOffline(false);
	await expect(page.locator('.tick.sending')).toHaveCount(0);
	await page.route('**/rpc/send_visitor_message', (route) =>
		route.fulfill({ status: 403, json: { code: 'PT403', message: 'visitor_blocked' } })
	);
	await write(page, 'Not taken');
	await expect(page.getByRole('alert')).toBeVisible();
	await clean('a failed message');
	await sql`update public.conversations set status = 'closed', closed_at = now() where site_id = ${tenant.site.id}`;
	await expect(page.getByRole('group', { name: 'How did we do?' })).toBeVisible();
	await clean('closed, with a rating');
	await page.getByRole('dialog').press('Escape');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await clean('closed widget');
});

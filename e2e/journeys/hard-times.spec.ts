import { decodeJwt, SignJWT } from 'jose';
import type { Page } from '@playwright/test';
import { uuidv7 } from '@chatiq/contracts/ids';
import type postgres from 'postgres';
import { expect, log, test, write } from '../support/journey.ts';
import type { Person, Tenant } from '../support/tenant.ts';

async function answer(operator: Person, body: string): Promise<void> {
	const { data } = await operator.client.from('conversations').select('id').single().throwOnError();
	await operator.client
		.rpc('send_operator_message', {
			...{ conversation_id: data.id, message_id: uuidv7(), body, seen_seq: 1_000_000 }
		})
		.throwOnError();
}

async function storedIn(sql: postgres.Sql, { site }: Tenant): Promise<string[]> {
	const rows = await sql<{ body: string }[]>`
		select body from public.messages where site_id = ${site.id} order by seq`;
	return rows.map(({ body }) => body);
}

const sent = (page: Page) => expect(log(page).locator('.tick.sending')).toHaveCount(0);

for (const hours of [-30, 30]) {
	test(
		`a clock that is ${hours} hours off changes no order and loses nothing`,
		{ tag: '@long' },
		async ({ page, shop, sql, tenant }) => {
			const operator = await tenant.addMember('operator');
			await page.addInitScript((offset) => {
				const now = Date.now.bind(Date);
				window.Date = class extends Date {
					constructor(...args: number[]) {
						super(...((args.length === 0 ? [now() + offset] : args) as [number]));
					}
					static override now() {
						return now() + offset;
					}
				} as DateConstructor;
			}, hours * 3_600_000);
			await page.goto(shop.page(tenant.site.site_key));
			await page.getByRole('button', { name: 'Open chat' }).click();
			await write(page, 'One');
			await expect(log(page).getByText('Sent', { exact: true })).toBeAttached();
			await answer(operator, 'Two');
			await expect(log(page).getByText('Two')).toBeVisible();
			await write(page, 'Three');
			await sent(page);
			await page.reload();
			await page.getByRole('button', { name: 'Open chat' }).click();
			await write(page, 'Four');
			await sent(page);
			const all = ['One', 'Two', 'Three', 'Four'];
			await expect(log(page).locator('.bubble-text')).toHaveText(all);
			expect(await storedIn(sql, tenant)).toEqual(all);
		}
	);
}

test('a token that ends in mid-send, and one that ends in sleep', async ({
	backend,
	sql,
	tenant,
	visit
}) => {
	const operator = await tenant.addMember('operator');
	const page = await visit();
	await write(page, 'One');
	await expect(log(page).getByText('Sent', { exact: true })).toBeAttached();
	// The server itself refuses: the same claims, but their time is over.
	const refused: number[] = [];
	await page.route(
		'**/rest/v1/rpc/send_visitor_message',
		async (route) => {
			const headers = await route.request().allHeaders();
			const claims = decodeJwt(headers['authorization']?.replace('Bearer ', '') ?? '');
			const expired = await new SignJWT({ ...claims, exp: Math.floor(Date.now() / 1000) - 60 })
				.setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
				.sign(new TextEncoder().encode(backend.jwtSecret));
			const response = await route.fetch({
				headers: { ...headers, authorization: `Bearer ${expired}` }
			});
			refused.push(response.status());
			await route.fulfill({ response });
		},
		{ times: 1 }
	);
	await write(page, 'Two');
	await sent(page);
	expect(refused).toEqual([401]);

	// A laptop that is shut: nothing runs in the page, and when it wakes all is there.
	const cdp = await page.context().newCDPSession(page);
	await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
	await answer(operator, 'Three');
	await cdp.send('Page.setWebLifecycleState', { state: 'active' });
	await expect(log(page).getByText('Three')).toBeVisible();
	await write(page, 'Four');
	await sent(page);
	await expect(log(page).locator('.bubble-text')).toHaveText(['One', 'Two', 'Three', 'Four']);
	expect(await storedIn(sql, tenant)).toEqual(['One', 'Two', 'Three', 'Four']);
});

import type { Page } from '@playwright/test';
import { expect, log, test, write } from '../support/journey.ts';

function countSockets(page: Page): { opened: number } {
	const count = { opened: 0 };
	page.on('websocket', () => count.opened++);
	return count;
}

test('two tabs have one socket, and the other goes on when its tab is closed', async ({
	shop,
	tenant,
	visit,
	sql
}) => {
	const operator = await tenant.addMember('owner');
	const first = await visit();
	await write(first, 'Hello');
	await expect(log(first).getByText('Sent', { exact: true })).toBeAttached();
	const second = await first.context().newPage();
	const sockets = countSockets(second);
	await second.goto(shop.page(tenant.site.site_key));
	await second.getByRole('button', { name: /Open chat/ }).click();
	await expect(log(second).getByText('Hello')).toBeVisible();

	const [conversation] = await sql<{ id: string }[]>`
		select id from public.conversations where site_id = ${tenant.site.id}`;
	const answer = async (body: string, seenSeq: number) => {
		await operator.client
			.rpc('send_operator_message', {
				conversation_id: conversation?.id ?? '',
				message_id: crypto.randomUUID(),
				body,
				seen_seq: seenSeq
			})
			.throwOnError();
	};
	await answer('For both tabs', 1);
	await expect(log(first).getByText('For both tabs')).toBeVisible();
	await expect(log(second).getByText('For both tabs')).toBeVisible();
	expect(sockets.opened).toBe(0);

	// Its tab is closed while a text is on its way: the request has left, and nobody waits for the answer.
	let held = 0;
	await first.route('**/rest/v1/rpc/send_visitor_message', async (route) => {
		held++;
		await route.fetch();
	});
	await write(first, 'In flight');
	await expect.poll(() => held).toBe(1);
	await first.close();
	await expect(log(second).getByText('In flight')).toBeVisible();
	await expect(log(second).getByText('Sending', { exact: true })).toHaveCount(0);
	await expect.poll(() => sockets.opened).toBe(1);
	await answer('Only one is left', 3);
	await expect(log(second).getByText('Only one is left')).toBeVisible();
	const stored = await sql<{ body: string }[]>`
		select body from public.messages where site_id = ${tenant.site.id} order by seq`;
	expect(stored.map(({ body }) => body)).toEqual([
		'Hello',
		'For both tabs',
		'In flight',
		'Only one is left'
	]);
});

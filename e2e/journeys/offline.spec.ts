import type { Page, WebSocket } from '@playwright/test';
import { expect, inList, log, test, write } from '../support/journey.ts';

test('what both sides write without a network stands once, in one order', async ({
	tenant,
	signIn,
	visit,
	sql
}) => {
	const operator = await signIn(await tenant.addMember('owner'));
	const visitor = await visit();
	await write(visitor, 'Before the cut');
	await inList(operator, 'Before the cut').click();
	await expect(log(operator).getByText('Before the cut')).toBeVisible();
	await write(operator, 'We are here');
	await expect(log(visitor).getByText('We are here')).toBeVisible();

	await visitor.context().setOffline(true);
	await operator.context().setOffline(true);
	for (const text of ['Visitor one', 'Visitor two', 'Visitor three']) await write(visitor, text);
	for (const text of ['Operator one', 'Operator two']) await write(operator, text);
	await expect(visitor.getByText('You’re offline.')).toBeVisible();
	await expect(operator.getByText('You are offline.')).toBeVisible();
	await expect(log(visitor).getByText('Visitor three')).toBeVisible();
	await expect(log(operator).getByText('Operator two')).toBeVisible();

	await visitor.context().setOffline(false);
	await expect(log(visitor).getByText('Sending', { exact: true })).toHaveCount(0);
	await operator.context().setOffline(false);
	// The visitor wrote meanwhile, so the console does not post over it: it shows what was missed and asks.
	await expect(log(operator).getByText('Visitor three')).toBeVisible();
	await operator.getByRole('button', { name: 'Send anyway' }).click();
	await expect(log(visitor).getByText('Operator two')).toBeVisible();

	const order = [
		'Before the cut',
		'We are here',
		'Visitor one',
		'Visitor two',
		'Visitor three',
		'Operator one',
		'Operator two'
	];
	for (const side of [visitor, operator]) {
		await expect.poll(() => textsIn(side, order)).toEqual(order);
	}
	const stored = await sql<{ body: string }[]>`
		select body from public.messages where site_id = ${tenant.site.id} order by seq`;
	expect(stored.map((row) => row.body)).toEqual(order);
});

test('a session that ends in mid-answer goes on in place, with nothing to fetch for it', async ({
	tenant,
	signIn,
	visit,
	sql
}) => {
	const person = await tenant.addMember('owner');
	const [operator, visitor] = [await signIn(person), await visit()];
	await write(visitor, 'Are you there?');
	await inList(operator, 'Are you there?').click();
	await expect(log(operator).getByText('Are you there?')).toBeVisible();
	// The dialog comes by itself while the line is good; the service worker sees it pass.
	await operator.evaluate(() => navigator.serviceWorker.ready.then(() => null));
	const sockets: WebSocket[] = [];
	operator.on('websocket', (socket) => sockets.push(socket));
	await operator.reload();
	const dialogFetched = async () => {
		const cache = await caches.open('chatiq-build');
		const kept = await cache.matchAll();
		const texts = await Promise.all(kept.map((response) => response.text()));
		return texts.some((text) => text.includes('/logout'));
	};
	await expect.poll(() => operator.evaluate(dialogFetched)).toBe(true);
	await operator.route('**/_app/immutable/**', (route) => route.abort());

	// The answer is the first to hear of it: whatever else asks must not stop the operator's hand before Enter.
	const sending = '**/rest/v1/rpc/send_operator_message';
	await operator.route(sending, async (route) => {
		await sql`delete from auth.sessions where user_id = ${person.id}`;
		const headers = { ...(await route.request().allHeaders()), authorization: 'Bearer over' };
		await route.continue({ headers });
	});
	await write(operator, 'I am');
	const dialog = operator.getByRole('dialog', { name: 'Your session has ended' });
	await expect(dialog).toBeVisible();
	await operator.unroute(sending);
	// Behind the dialog nothing more is heard; whoever signs in again catches up.
	expect(sockets.length).toBeGreaterThan(0);
	await expect.poll(() => sockets.every((socket) => socket.isClosed())).toBe(true);
	await write(visitor, 'Nobody is there');
	await expect(log(visitor).getByText('Sent', { exact: true })).toBeAttached();
	await expect(operator.getByText('Nobody is there')).toHaveCount(0);
	await expect(operator.getByText('Reconnecting')).toHaveCount(0);
	await dialog.getByLabel('Password', { exact: true }).fill(person.password);
	await dialog.getByRole('button', { name: 'Sign in' }).click();
	await expect(dialog).toBeHidden();
	await expect(log(operator).getByText('Nobody is there')).toBeVisible();
	await operator.getByRole('button', { name: 'Send anyway' }).click();
	await expect(log(visitor).getByText('I am', { exact: true })).toBeVisible();
});

test('a lost answer does not double the message', async ({ visit, sql, tenant }) => {
	const visitor = await visit();
	let lost = 0;
	// The request reaches the server; its answer never reaches the visitor.
	await visitor.route('**/rest/v1/rpc/*', async (route) => {
		if (lost < 2 && /start_conversation|send_visitor_message/.test(route.request().url())) {
			lost++;
			await route.fetch();
			await route.abort('connectionreset');
		} else await route.continue();
	});
	await write(visitor, 'Only once');
	await expect(log(visitor).getByText('Sent', { exact: true })).toBeAttached({ timeout: 30_000 });
	expect(lost).toBe(2);
	const stored = await sql`select body from public.messages where site_id = ${tenant.site.id}`;
	expect([...stored]).toEqual([{ body: 'Only once' }]);
});

test('a text typed just before a reload is sent after it', async ({ visit, sql, tenant }) => {
	const visitor = await visit();
	await visitor.context().setOffline(true);
	await write(visitor, 'Saved for later');
	await expect(log(visitor).getByText('Saved for later')).toBeVisible();
	await visitor.context().setOffline(false);
	await visitor.route('**/functions/v1/visitor-session', (route) => route.abort());
	await visitor.reload();
	await visitor.unroute('**/functions/v1/visitor-session');
	await visitor.getByRole('button', { name: /Open chat/ }).click();
	await expect(log(visitor).getByText('Sent', { exact: true })).toBeAttached({ timeout: 30_000 });
	const stored = await sql`select body from public.messages where site_id = ${tenant.site.id}`;
	expect([...stored]).toEqual([{ body: 'Saved for later' }]);
});

/** Which of these texts the page shows, in the order of the page. */
async function textsIn(page: Page, texts: string[]): Promise<string[]> {
	const content = await log(page).innerText();
	return texts
		.flatMap((text) => occurrences(content, text).map((place) => ({ text, place })))
		.sort((a, b) => a.place - b.place)
		.map(({ text }) => text);
}

function occurrences(content: string, text: string): number[] {
	const places: number[] = [];
	for (let at = content.indexOf(text); at >= 0; at = content.indexOf(text, at + 1)) places.push(at);
	return places;
}

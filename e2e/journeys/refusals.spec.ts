import { unsentKey } from '../../apps/widget/src/core/storage-keys.ts';
import { createPublishedTenant, expect, test, write } from '../support/journey.ts';
import { createTenant } from '../support/tenant.ts';

test('another organisation sees nothing of it', async ({
	backend,
	sql,
	shop,
	tenant,
	signIn,
	visit
}) => {
	const other = await createTenant(backend, sql, 'Neighbour', shop.origin);
	const stranger = await signIn(await other.addMember('owner'));
	const visitor = await visit();
	await write(visitor, 'For Journey only');
	await expect(visitor.getByText('Sent', { exact: true })).toBeAttached();
	await expect(stranger.getByText('All answered')).toBeVisible();
	const [conversation] = await sql<{ id: string }[]>`
		select id from public.conversations where site_id = ${tenant.site.id}`;
	await stranger.goto(`${backend.url}/inbox/${conversation?.id ?? ''}`);
	await expect(stranger.getByText('There is no such conversation')).toBeVisible();
	await expect(stranger.getByText('For Journey only')).toHaveCount(0);
});

test('an unknown site key leaves the page alone and tells the developer once', async ({
	page,
	shop
}) => {
	const warnings: string[] = [];
	const errors: Error[] = [];
	page.on('console', (message) => {
		if (message.type() === 'warning') warnings.push(message.text());
	});
	page.on('pageerror', (error) => errors.push(error));
	await page.goto(shop.page('pk_111111111111111111111111'));
	await expect.poll(() => warnings.filter((text) => text.includes('ChatIQ')).length).toBe(1);
	await expect(page.getByRole('button')).toHaveCount(0);
	await expect(page.getByRole('heading', { name: 'Shop' })).toBeVisible();
	expect(errors).toEqual([]);
});

test('a site that is not allowed here refuses, keeps the text and says why', async ({
	backend,
	sql,
	visit
}) => {
	const elsewhere = await createPublishedTenant(
		backend,
		sql,
		'Elsewhere',
		'https://elsewhere.test'
	);
	const visitor = await visit(elsewhere);
	await write(visitor, 'Hello?');
	await expect(visitor.getByText('The chat isn’t enabled for this website.')).toBeVisible();
	await expect(visitor.getByRole('log').getByText('Hello?')).toBeVisible();
	const stored = await sql`select from public.visitors where site_id = ${elsewhere.site.id}`;
	expect(stored.length).toBe(0);
});

test('a session that ended in mid-conversation begins anew without losing a text', async ({
	sql,
	tenant,
	visit
}) => {
	const unsent = unsentKey(tenant.site.site_key);
	const visitor = await visit();
	await write(visitor, 'One');
	await expect(visitor.getByText('Sent', { exact: true })).toBeAttached();
	// The browser has put it out of its hands as well: whoever lost the session could not know that it was stored.
	await expect.poll(() => visitor.evaluate((key) => localStorage.getItem(key), unsent)).toBeNull();
	await sql`update private.visitor_sessions set revoked_at = now() where site_id = ${tenant.site.id}`;
	await visitor.reload();
	await visitor.getByRole('button', { name: /Open chat/ }).click();
	await write(visitor, 'Two');
	await expect(visitor.getByText('Sent', { exact: true })).toBeAttached();
	const stored = await sql`
		select body from public.messages where site_id = ${tenant.site.id} order by created_at`;
	expect([...stored]).toEqual([{ body: 'One' }, { body: 'Two' }]);
});

test('a wrong password is refused in words, and nobody gets into the inbox without one', async ({
	backend,
	page,
	tenant
}) => {
	const person = await tenant.addMember('owner');
	await page.goto(`${backend.url}/inbox`);
	await page.waitForURL('**/login**');
	await page.getByLabel('E-mail').fill(person.email);
	await page.getByLabel('Password', { exact: true }).fill('wrong');
	await page.getByRole('button', { name: 'Sign in' }).click();
	await expect(page.getByText('That e-mail and password do not match.')).toBeVisible();
	await expect(page.getByLabel('E-mail')).toHaveValue(person.email);
});

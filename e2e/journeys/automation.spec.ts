import type { SiteAgent } from '@chatiq/contracts/site';
import type { TablesInsert } from '@chatiq/contracts/database';
import type postgres from 'postgres';
import { siteFilePath, siteFilesBucket, type PublicSite } from '@chatiq/contracts/site';
import type { Backend } from '../support/backend.ts';
import { expect, inList, log, test, write } from '../support/journey.ts';
import { closeDoors, type Tenant } from '../support/tenant.ts';

type Rule = Omit<TablesInsert<'auto_reply_rules'>, 'organization_id' | 'site_id' | 'name'>;

const addRule = ({ organization, site }: Tenant, sql: postgres.Sql, rule: Rule) => sql`
	insert into public.auto_reply_rules ${sql({
		...{ organization_id: organization, site_id: site.id, name: 'Rule', enabled: true },
		trigger: rule.trigger,
		conditions: sql.json((rule.conditions ?? {}) as postgres.JSONValue),
		texts: sql.json((rule.texts ?? {}) as postgres.JSONValue)
	})}`;

/** What a visitor who comes now gets. */
const published = async ({ url }: Backend, { site }: Tenant) =>
	(await (
		await fetch(`${url}/storage/v1/object/public/${siteFilesBucket}/${siteFilePath(site.site_key)}`)
	).json()) as PublicSite;

test('an open widget sees who is there, and when the team closes', async ({
	tenant,
	sql,
	signIn,
	visit
}) => {
	await sql`update public.widget_settings set show_agents = true where site_id = ${tenant.site.id}`;
	const visitor = await visit();
	const header = visitor.getByRole('dialog');
	await expect(header.getByText(/^Away/)).toBeVisible();
	await write(visitor, 'Anybody here?');
	await expect(log(visitor).getByText('Sent', { exact: true })).toBeAttached();

	// Somebody comes.
	const person = await tenant.addMember('admin');
	const operator = await signIn(person);
	await expect(header.getByText('Online', { exact: true })).toBeVisible();
	await expect(header.getByText(`${person.name}, online`)).toBeAttached();

	// They have no time.
	await operator.getByRole('button', { name: 'Account, Online' }).click();
	await operator.getByRole('group', { name: 'Availability' }).getByText('Busy').click();
	await expect(operator.getByRole('button', { name: 'Account, Busy' })).toBeVisible();
	await expect(header.getByText(/^Away/)).toBeVisible();
	await expect(header.getByText(`${person.name}, busy`)).toBeAttached();

	// The day is over.
	await closeDoors(tenant, person);
	await expect(header.getByText(/^Back .+, \d\d:\d\d$/)).toBeVisible();
});

test(
	'an open widget without a conversation hears of it as well',
	{ tag: '@long' },
	async ({ tenant, backend, shop, browser }) => {
		const context = await browser.newContext({ locale: 'uk-UA' });
		const visitor = await context.newPage();
		await visitor.clock.install();
		await visitor.goto(shop.page(tenant.site.site_key, { 'data-language': 'uk' }));
		await visitor.getByRole('button', { name: 'Відкрити чат' }).click();
		await visitor.clock.runFor(1000);
		await expect(visitor.getByText(/^Не на місці/)).toBeVisible();

		const operator = await tenant.addMember('owner');
		await operator.client.rpc('report_presence', {}).throwOnError();
		await expect.poll(async () => (await published(backend, tenant)).status?.online).toBe(true);
		await visitor.clock.runFor(61_000);
		await expect(visitor.getByText('Онлайн', { exact: true })).toBeVisible();
		await context.close();
	}
);

test('an automatic reply appears once, on both sides', async ({ tenant, sql, signIn, visit }) => {
	await addRule(tenant, sql, { trigger: 'first_message', texts: { en: 'We are on our way!' } });
	const operator = await signIn(await tenant.addMember('owner'));
	const visitor = await visit();
	await write(visitor, 'Hello?');
	await expect(log(visitor).getByText('We are on our way!')).toBeVisible();
	await write(visitor, 'Still there');
	await expect(log(visitor).getByText('Sent', { exact: true })).toHaveCount(2);
	await visitor.reload();
	await visitor.getByRole('button', { name: /^Open chat/ }).click();
	await expect(log(visitor).locator('.bubble-text')).toHaveText([
		'Hello?',
		'We are on our way!',
		'Still there'
	]);
	await inList(operator, 'Still there').click();
	await expect(log(operator).getByText('We are on our way!')).toHaveCount(1);
});

test('a teaser comes by itself, and what it asked begins the conversation', async ({
	tenant,
	sql,
	shop,
	browser,
	backend,
	signIn
}) => {
	const person = await tenant.addMember('owner');
	const operator = await signIn(person);
	await sql`update public.widget_settings set show_agents = true where site_id = ${tenant.site.id}`;
	await addRule(tenant, sql, {
		trigger: 'proactive',
		conditions: { seconds_on_page: 2, page_contains: ['data-site-key'] },
		texts: { en: 'Questions about the order?' }
	});
	await expect
		.poll(async () => {
			const { teasers, agents = [] } = await published(backend, tenant);
			return [teasers?.length, agents.map(({ name }: SiteAgent) => name)];
		})
		.toEqual([1, [person.name]]);
	const context = await browser.newContext();
	const visitor = await context.newPage();
	const asked: string[] = [];
	visitor.on('request', (request) => asked.push(new URL(request.url()).pathname));
	await visitor.goto(shop.page(tenant.site.site_key));
	const teaser = visitor.getByRole('button', { name: 'Questions about the order?' });
	await expect(teaser).toBeVisible();
	await expect(teaser.getByText(person.name)).toBeVisible();
	// Nothing was asked of the database, and nothing kept on the visitor's side.
	expect(asked.filter((path) => /rest|functions|realtime/.test(path))).toEqual([]);
	expect(
		await visitor.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie])
	).toEqual([0, 0, '']);

	await teaser.click();
	await expect(visitor.getByRole('dialog').getByText('Questions about the order?')).toBeVisible();
	await expect(teaser).toHaveCount(0);
	await write(visitor, 'Yes, where is it?');
	await expect(log(visitor).locator('.bubble-text')).toHaveText([
		'Questions about the order?',
		'Yes, where is it?'
	]);
	await inList(operator, 'Yes, where is it?').click();
	await expect(log(operator).getByText('Questions about the order?')).toBeVisible();
	await context.close();
});

test(
	'a teaser that was closed stays away, and a page without consent keeps nothing',
	{ tag: '@long' },
	async ({ tenant, sql, shop, browser, backend }) => {
		await addRule(tenant, sql, {
			trigger: 'proactive',
			conditions: { min_visits: 1 },
			texts: { en: 'May we help?' }
		});
		await expect.poll(async () => (await published(backend, tenant)).teasers?.length).toBe(1);
		const context = await browser.newContext();
		const visitor = await context.newPage();
		const teaser = visitor.getByRole('button', { name: 'May we help?' });
		const kept = () => visitor.evaluate(() => [localStorage.length, sessionStorage.length]);

		await visitor.goto(shop.page(tenant.site.site_key, { 'data-storage-consent': 'needed' }));
		await expect(teaser).toBeVisible();
		await visitor.getByRole('button', { name: 'Close this message' }).click();
		await expect(teaser).toHaveCount(0);
		expect(await kept()).toEqual([0, 0]);

		await visitor.goto(shop.page(tenant.site.site_key));
		await expect(teaser).toBeVisible();
		await visitor.getByRole('button', { name: 'Close this message' }).click();
		// The visit, and what was closed.
		expect(await kept()).toEqual([1, 2]);
		await visitor.reload();
		await expect(visitor.getByRole('button', { name: 'Open chat' })).toBeVisible();
		await visitor.waitForFunction(() => performance.now() > 4000);
		await expect(teaser).toHaveCount(0);
		await context.close();
	}
);

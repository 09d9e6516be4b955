import type { Onboarding } from '@chatiq/contracts/onboarding';
import { uuidv7 } from '@chatiq/contracts/ids';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PageCheck } from '@chatiq/contracts/page-check';
import type postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import {
	callFunction,
	createPerson,
	createTenant,
	origin,
	type Person
} from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
beforeAll(() => {
	sql = connectSql(backend);
});
afterAll(() => sql.end());

async function read(person: Person, organization_id: string): Promise<Onboarding | null> {
	const { data } = await person.client.rpc('read_onboarding', { organization_id }).throwOnError();
	return data as unknown as Onboarding | null;
}

const boot = (site_key: string, from: string) =>
	callFunction(backend, 'boot', { site_key }, { from });

it('follows an owner from nothing to the first message', async () => {
	const owner = await createPerson(backend);
	const [organization_id, site_id] = [uuidv7(), uuidv7()];
	await owner.client.rpc('create_organization', { organization_id, name: 'New' }).throwOnError();
	expect(await read(owner, organization_id)).toMatchObject({
		organization_name: 'New',
		site: null,
		first_message_at: null,
		teammates: 0,
		invited: 0,
		hours_set: false
	});
	const { data: site } = await owner.client
		.rpc('create_site', { site_id, organization_id, name: 'Shop', allowed_origins: [origin] })
		.throwOnError();

	// The snippet, first where it may not run.
	expect((await boot(site.site_key, 'https://www.shop.test')).status).toBe(403);
	expect((await read(owner, organization_id))?.site).toMatchObject({
		seen_at: null,
		refused_origins: ['https://www.shop.test']
	});
	expect((await boot(site.site_key, origin)).status).toBe(200);
	expect((await read(owner, organization_id))?.site).toMatchObject({ seen_on: origin });

	// What has been let in since is no problem any more.
	await owner.client
		.from('sites')
		.update({ allowed_origins: [origin, 'https://www.shop.test'] })
		.eq('id', site_id)
		.throwOnError();
	expect((await read(owner, organization_id))?.site?.refused_origins).toEqual([]);

	await owner.client
		.rpc('invite_member', {
			invitation_id: uuidv7(),
			organization_id,
			email: `${uuidv7()}@people.test`,
			role: 'operator'
		})
		.throwOnError();
	await owner.client
		.rpc('set_business_hours', {
			site_id,
			hours: [{ weekday: 1, opens: '09:00', closes: '18:00' }]
		})
		.throwOnError();
	expect(await read(owner, organization_id)).toMatchObject({ invited: 1, hours_set: true });
});

it('notes a message, and answers admins only', async () => {
	const tenant = await createTenant(backend, sql, 'Noted');
	const [owner, operator] = [await tenant.addMember('owner'), await tenant.addMember('operator')];
	const visitor = await tenant.addVisitor();
	await visitor.client
		.rpc('start_conversation', { conversation_id: uuidv7(), message_id: uuidv7(), body: 'Hi' })
		.throwOnError();
	const known = await read(owner, tenant.organization);
	expect(known).toMatchObject({ teammates: 1, site: { seen_on: origin } });
	expect(known?.first_message_at).not.toBeNull();
	expect(await read(operator, tenant.organization)).toBeNull();
});

it('writes a sighting once an hour, and keeps few of those that anybody can send', async () => {
	const tenant = await createTenant(backend, sql, 'Seen');
	const { id, site_key } = tenant.site;
	const rows = () => sql<{ origin: string; xmin: string }[]>`
		select origin, xmin::text from private.site_sightings where site_id = ${id} order by origin`;
	await boot(site_key, origin);
	const [first] = await rows();
	await Promise.all([boot(site_key, origin), boot(site_key, origin)]);
	expect(await rows()).toEqual([first]);
	await sql`update private.site_sightings set last_seen_at = now() - interval '61 minutes' where site_id = ${id}`;
	const [aged] = await rows();
	await boot(site_key, origin);
	const [again] = await rows();
	expect(again?.xmin).not.toBe(aged?.xmin);
	await sql`
		select public.note_refused_origin(${site_key}, 'https://' || n || '.flood.test')
		from generate_series(1, 120) as n`;
	const kept = await rows();
	expect(kept.length).toBeLessThanOrEqual(50);
	expect(kept.map((row) => row.origin)).toContain(origin);
});

it('can be put away and brought back', async () => {
	const tenant = await createTenant(backend, sql, 'Hidden');
	const [admin, operator] = [await tenant.addMember('admin'), await tenant.addMember('operator')];
	const put = (person: Person, start_dismissed_at: string | null) =>
		person.client
			.from('organizations')
			.update({ start_dismissed_at })
			.eq('id', tenant.organization)
			.select('id')
			.throwOnError();
	expect((await put(operator, new Date().toISOString())).data).toEqual([]);
	await put(admin, new Date().toISOString());
	expect((await read(admin, tenant.organization))?.dismissed_at).not.toBeNull();
	await put(admin, null);
	expect((await read(admin, tenant.organization))?.dismissed_at).toBeNull();
});

/** A customer's website: what it answers by path. */
async function openWebsite(
	pages: Record<string, [status: number, headers: Record<string, string>, html: string]>
) {
	const server = createServer(({ url = '' }, response) => {
		const [status, headers, html] = pages[url] ?? [404, {}, 'nothing here'];
		response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(html);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		...{ origin: `http://localhost:${port}`, other: `http://127.0.0.1:${port}` },
		close: () => new Promise((resolve) => server.close(resolve))
	};
}

it('says what is on a page that should have the chat, to admins, and fetches nothing private', async () => {
	const pages: Parameters<typeof openWebsite>[0] = {};
	const website = await openWebsite(pages);
	const tenant = await createTenant(backend, sql, 'Checked', website.origin);
	const [owner, operator] = [await tenant.addMember('owner'), await tenant.addMember('operator')];
	const site_id = tenant.site.id;
	const ask = (url: string, person: Person | null = owner, id = site_id) =>
		callFunction(...([backend, 'check-page', { site_id: id, url }] as const), {
			headers: person ? { authorization: `Bearer ${person.token}` } : {}
		});
	const check = async (url: string) => (await (await ask(url)).json()) as PageCheck;
	const tag = (key: string) => `<script async src="/widget.js" data-site-key="${key}"></script>`;
	const ours = tag(tenant.site.site_key);
	Object.assign(pages, {
		'/good': [200, {}, `<h1>Shop</h1>${ours}`],
		'/none': [200, {}, `<h1>Shop</h1><!-- ${ours} -->`],
		'/other': [200, {}, tag('pk_SomebodyElse1234567890')],
		'/policy': [
			200,
			{ 'content-security-policy': "default-src 'self', img-src *" },
			`<meta http-equiv="Content-Security-Policy" content="script-src &#39;none&#39;">${ours}`
		],
		'/moved': [301, { location: `${website.other}/good` }, ''],
		'/inside': [302, { location: 'http://10.0.0.1/' }, ''],
		'/round': [302, { location: '/round' }, '']
	} satisfies typeof pages);
	try {
		expect(await check(`${website.origin}/good#here`)).toEqual({
			page: {
				...{ url: `${website.origin}/good`, status: 200, origin_allowed: true },
				...{ code: 'found', policies: [] }
			}
		});
		expect(await check(`${website.origin}/none`)).toMatchObject({ page: { code: 'missing' } });
		expect(await check(`${website.origin}/other`)).toMatchObject({ page: { code: 'other' } });
		expect(await check(`${website.origin}/gone`)).toMatchObject({ page: { status: 404 } });
		expect(await check(`${website.origin}/policy`)).toMatchObject({
			page: { code: 'found', policies: ["default-src 'self'", 'img-src *', "script-src 'none'"] }
		});
		expect(await check(`${website.origin}/moved`)).toMatchObject({
			page: { url: `${website.other}/good`, origin_allowed: false, code: 'found' }
		});
		const failures = {
			[`${website.origin}/round`]: 'redirects',
			[`${website.origin}/inside`]: 'private',
			'http://169.254.169.254/latest': 'private',
			'http://nobody.invalid/': 'unknown_name',
			'http://127.0.0.1:1/': 'connection',
			'file:///etc/passwd': 'address'
		};
		for (const [url, failure] of Object.entries(failures)) {
			expect(await check(url)).toEqual({ failure });
		}

		const { site_key } = tenant.site;
		await owner.client.rpc('rotate_site_key', { site_id, site_key }).throwOnError();
		expect(await check(`${website.origin}/good`)).toMatchObject({ page: { code: 'retiring' } });
		await owner.client.rpc('end_site_key_overlap', { site_id }).throwOnError();
		expect(await check(`${website.origin}/good`)).toMatchObject({ page: { code: 'retired' } });

		const stranger = await (await createTenant(backend, sql, 'Stranger')).addMember('owner');
		expect((await ask(website.origin, null)).status).toBe(401);
		expect((await ask(website.origin, operator)).status).toBe(403);
		expect((await ask(website.origin, stranger)).status).toBe(404);
	} finally {
		await website.close();
	}
});

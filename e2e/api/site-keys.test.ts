import type { PublicSite } from '@chatiq/contracts/site';
import type { RotatedSecret } from '@chatiq/contracts/team';
import { uuidv7 } from '@chatiq/contracts/ids';
import { SignJWT } from 'jose';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import {
	callFunction,
	createTenant,
	openSession,
	type Person,
	type Tenant
} from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let admin: Person;
let site_id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Keys');
	admin = await tenant.addMember('admin');
});
beforeEach(async () => {
	const { data } = await createSite(uuidv7()).throwOnError();
	site_id = data.id;
});
afterAll(() => sql.end());

const createSite = (id: string, allowed_origins = ['https://shop.test']) =>
	admin.client.rpc('create_site', {
		site_id: id,
		organization_id: tenant.organization,
		name: 'New shop',
		allowed_origins,
		time_zone: 'Europe/Kyiv'
	});

async function currentKey(): Promise<string> {
	const { data } = await admin.client
		.from('sites')
		.select('site_key')
		.eq('id', site_id)
		.single()
		.throwOnError();
	return data.site_key;
}

const rotate = (site_key: string, overlap_hours = 24) =>
	admin.client.rpc('rotate_site_key', { site_id, site_key, overlap_hours }).throwOnError();

const fileStatus = async (key: string) =>
	(await fetch(`${backend.url}/storage/v1/object/public/site-files/${key}.json`)).status;

const refusal = async (request: Record<string, unknown>) =>
	(
		(await (await callFunction(backend, 'visitor-session', request)).json()) as {
			error?: { code: string };
		}
	).error?.code;

it('makes a site once per id, and refuses what is no origin', async () => {
	const id = uuidv7();
	const answers = await Promise.all([createSite(id), createSite(id)]);
	expect(answers.map((answer) => answer.data?.id)).toEqual([id, id]);
	for (const origin of ['shop.test', 'https://shop.test/path', 'https://*', 'javascript:x', '']) {
		expect((await createSite(uuidv7(), [origin])).error?.message).toBe('invalid_input');
	}
	const other = await (await createTenant(backend, sql, 'Other')).addMember('owner');
	const [mine] = await sql<{ id: string }[]>`
		select organization_id as id from public.memberships where user_id = ${other.id}`;
	const stolen = await other.client.rpc('create_site', {
		site_id: id,
		organization_id: String(mine?.id),
		name: 'Mine'
	});
	expect(stolen.error?.message).toBe('id_conflict');
});

it('opens the site by the old key until the overlap ends, in every place', async () => {
	const old = await currentKey();
	const { data: site } = await rotate(old);
	expect(site.site_key).not.toBe(old);
	for (const site_key of [old, site.site_key]) {
		const session = await openSession(backend, { site_key });
		expect(session.site_id).toBe(site_id);
		const boot = await callFunction(backend, 'boot', {
			site_key,
			refresh_token: session.refresh_token
		});
		expect(((await boot.json()) as { site: PublicSite }).site.site_id).toBe(site_id);
		await expect.poll(() => fileStatus(site_key)).toBe(200);
	}
	await admin.client.rpc('end_site_key_overlap', { site_id }).throwOnError();
	expect(await refusal({ site_key: old })).toBe('site_not_found');
	await expect.poll(() => fileStatus(old)).toBe(400);
	await openSession(backend, { site_key: site.site_key });
});

it('stops at the end of the overlap by itself, and a job takes the file away', async () => {
	const old = await currentKey();
	await rotate(old);
	const jobs = await sql`select from private.jobs where kind = 'publish_site'
		and payload ->> 'site_id' = ${site_id} and run_at > now() + interval '23 hours'`;
	expect(jobs.length).toBe(1);
	await sql`update public.retired_site_keys set valid_until = now() - interval '1 second' where site_id = ${site_id}`;
	expect(await refusal({ site_key: old })).toBe('site_not_found');
});

it('rotates once, however often the same call comes', async () => {
	const old = await currentKey();
	const answers = await Promise.all([rotate(old), rotate(old), rotate(old)]);
	expect(new Set(answers.map((answer) => answer.data.site_key)).size).toBe(1);
	const retired = await admin.client
		.from('retired_site_keys')
		.select('site_key')
		.eq('site_id', site_id);
	expect(retired.data).toEqual([{ site_key: old }]);
});

it('accepts identities signed with the secret before, during the overlap alone', async () => {
	const site_key = await currentKey();
	const read = await admin.client.rpc('read_identity_secret', { site_id }).throwOnError();
	const before = read.data as unknown as RotatedSecret;
	const call = (overlap_hours: number) =>
		admin.client
			.rpc('rotate_identity_secret', { site_id, version: before.version, overlap_hours })
			.throwOnError();
	const [first, second] = (await Promise.all([call(24), call(24)])).map(
		(answer) => answer.data as unknown as RotatedSecret
	);
	expect(first).toEqual(second);
	const sign = (secret: string) =>
		new SignJWT({ sub: 'customer-1' })
			.setProtectedHeader({ alg: 'HS256' })
			.setExpirationTime('5m')
			.sign(new TextEncoder().encode(secret));
	for (const { secret } of [before, first as RotatedSecret]) {
		const session = await openSession(backend, { site_key, identity: await sign(secret) });
		expect(session.verified).toBe(true);
	}
	expect(await refusal({ site_key, identity: await sign('f'.repeat(64)) })).toBe(
		'identity_invalid'
	);
	await sql`update private.site_secrets set previous_valid_until = now() where site_id = ${site_id}`;
	expect(await refusal({ site_key, identity: await sign(before.secret) })).toBe('identity_invalid');
});

it('closes an archived site to visitors and opens it again', async () => {
	const site_key = await currentKey();
	await admin.client.rpc('archive_site', { site_id }).throwOnError();
	expect(await refusal({ site_key })).toBe('site_not_found');
	await admin.client.rpc('restore_site', { site_id }).throwOnError();
	await openSession(backend, { site_key });
});

it('leaves keys and secrets to admins of the organisation', async () => {
	const stranger = await (await createTenant(backend, sql, 'Strangers')).addMember('owner');
	const operator = await tenant.addMember('operator', false);
	await admin.client.rpc('set_site_operators', { site_id, user_ids: [operator.id] }).throwOnError();
	for (const [person, code] of [
		[operator, 'forbidden'],
		[stranger, 'site_not_found']
	] as const) {
		const call = person.client;
		const answers = await Promise.all([
			call.rpc('rotate_site_key', { site_id, site_key: 'x' }),
			call.rpc('end_site_key_overlap', { site_id }),
			call.rpc('read_identity_secret', { site_id }),
			call.rpc('rotate_identity_secret', { site_id, version: 1 }),
			call.rpc('archive_site', { site_id }),
			call.rpc('restore_site', { site_id }),
			call.rpc('set_business_hours', { site_id, hours: [] })
		]);
		expect(answers.map((answer) => answer.error?.message)).toEqual(Array(7).fill(code));
	}
});

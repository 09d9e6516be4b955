import type { Boot } from '@chatiq/contracts/session';
import type { PublicSite } from '@chatiq/contracts/site';
import { uuidv7 } from '@chatiq/contracts/ids';
import { decodeJwt, SignJWT } from 'jose';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connect, connectSql } from '../support/backend.ts';
import { callFunction, createTenant, openSession, type Tenant } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let site_key: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Sessions');
	site_key = tenant.site.site_key;
});
afterAll(() => sql.end());

async function refusal(name: string, body: unknown, options?: Parameters<typeof callFunction>[3]) {
	const response = await callFunction(backend, name, body, options);
	const { error } = (await response.json()) as { error: { code: string } };
	return { status: response.status, code: error.code };
}

const sessionCount = async () =>
	(
		await sql`select from private.visitor_sessions as s
			join public.sites on sites.id = s.site_id where sites.site_key = ${site_key}`
	).length;

describe('visitor-session', () => {
	it('opens a session whose token names visitor, site and organisation, and lives an hour at most', async () => {
		const session = await openSession(backend, { site_key });
		const claims = decodeJwt(session.token);
		expect(claims).toMatchObject({
			role: 'anon',
			visitor_id: session.visitor_id,
			site_id: tenant.site.id,
			organization_id: tenant.organization
		});
		expect((claims.exp ?? Infinity) - (claims.iat ?? 0)).toBeLessThanOrEqual(3600);
		expect(session.publishable_key).toBe(backend.publishableKey);
	});

	it('sweeps away sessions that have expired', async () => {
		const { visitor_id } = await openSession(backend, { site_key });
		await sql`update private.visitor_sessions set expires_at = now() - interval '1 second'
			where visitor_id = ${visitor_id}`;
		await openSession(backend, { site_key });
		const left = await sql`select from private.visitor_sessions where visitor_id = ${visitor_id}`;
		expect(left.length).toBe(0);
	});

	it('leaves no visitor behind before the first message', async () => {
		const { visitor_id } = await openSession(backend, { site_key });
		expect((await sql`select from public.visitors where id = ${visitor_id}`).length).toBe(0);
	});

	it.each([
		['an unknown site key', { site_key: 'pk_111111111111111111111111' }, 404, 'site_not_found'],
		['a tampered site key', { site_key: 'pk_1<script>' }, 422, 'invalid_input'],
		['no site key', {}, 422, 'invalid_input'],
		[
			'an unknown property',
			{ site_key: 'pk_111111111111111111111111', role: 'x' },
			422,
			'invalid_input'
		],
		['JSON that is no object', '[]', 422, 'invalid_input'],
		['text that is no JSON', '{"site_key":', 422, 'invalid_input'],
		['a body that is too large', `"${'x'.repeat(20_000)}"`, 413, 'payload_too_large']
	])('refuses %s', async (_, body, status, code) => {
		const before = await sessionCount();
		expect(await refusal('visitor-session', body)).toEqual({ status, code });
		expect(await sessionCount()).toBe(before);
	});

	it.each([
		['another site', 'https://evil.test'],
		['a subdomain that is not listed', 'https://x.shop.test'],
		['a longer name with the same ending', 'https://evilshop.test'],
		['another scheme', 'http://shop.test'],
		['a sandboxed frame', 'null']
	])('refuses the origin of %s', async (_, from) => {
		expect(await refusal('visitor-session', { site_key }, { from })).toEqual({
			status: 403,
			code: 'origin_not_allowed'
		});
	});

	it('refuses a caller that sends no origin', async () => {
		expect(await refusal('visitor-session', { site_key }, { from: null })).toEqual({
			status: 403,
			code: 'origin_not_allowed'
		});
	});

	it('accepts subdomains where the owner listed them, and not the bare domain', async () => {
		const wide = await createTenant(backend, sql, 'Subdomains');
		await sql`update public.sites set allowed_origins = '{https://*.shop.test}' where id = ${wide.site.id}`;
		const request = { site_key: wide.site.site_key };
		await openSession(backend, request, 'https://kyiv.shop.test');
		expect((await refusal('visitor-session', request)).code).toBe('origin_not_allowed');
		expect(
			(await refusal('visitor-session', request, { from: 'https://x.shop.test.evil.test' })).code
		).toBe('origin_not_allowed');
	});

	it('lets the page read refusals, so that the developer sees the reason', async () => {
		const response = await callFunction(
			backend,
			'visitor-session',
			{ site_key },
			{ from: 'https://evil.test' }
		);
		expect(response.headers.get('access-control-allow-origin')).toBe('https://evil.test');
	});

	it('refuses other methods', async () => {
		const response = await fetch(`${backend.url}/functions/v1/visitor-session`);
		expect(response.status).toBe(405);
	});

	it('slows down an address that hurries, and says how long to wait', async () => {
		const hurried = await createTenant(backend, sql, 'Hurried');
		const request = { site_key: hurried.site.site_key };
		const answers = await Promise.all(
			Array.from({ length: 140 }, () => callFunction(backend, 'visitor-session', request))
		);
		const refused = answers.filter((answer) => answer.status === 429);
		expect(refused.length).toBeGreaterThan(0);
		expect(answers.filter((answer) => answer.ok).length).toBeGreaterThanOrEqual(120);
		const body = (await refused[0]?.json()) as { error: { code: string; retry_after: number } };
		expect(body.error.code).toBe('rate_limited');
		expect(body.error.retry_after).toBeGreaterThan(0);
		expect(refused[0]?.headers.get('retry-after')).toBe(`${body.error.retry_after}`);
	});
});

describe('refresh tokens', () => {
	const refresh = (refresh_token: string) => openSession(backend, { site_key, refresh_token });
	const refused = (refresh_token: string) =>
		refusal('visitor-session', { site_key, refresh_token });
	/** Moves the time of use of all used tokens of a visitor into the past, beyond the grace for tabs. */
	const age = (visitor: string) => sql`
		update private.visitor_refresh_tokens set used_at = used_at - interval '1 minute'
		where session_id in (select id from private.visitor_sessions where visitor_id = ${visitor})`;

	it('continue the same visitor and rotate', async () => {
		const first = await openSession(backend, { site_key });
		const second = await refresh(first.refresh_token);
		expect(second.visitor_id).toBe(first.visitor_id);
		expect(second.refresh_token).not.toBe(first.refresh_token);
	});

	it('survive two tabs that use the same one at once', async () => {
		const first = await openSession(backend, { site_key });
		const both = await Promise.all([refresh(first.refresh_token), refresh(first.refresh_token)]);
		const later = await Promise.all(both.map((session) => refresh(session.refresh_token)));
		expect(later.map((session) => session.visitor_id)).toEqual([
			first.visitor_id,
			first.visitor_id
		]);
	});

	it('survive an answer that was lost on the way, however late the retry', async () => {
		const first = await openSession(backend, { site_key });
		await refresh(first.refresh_token);
		await age(first.visitor_id);
		expect((await refresh(first.refresh_token)).visitor_id).toBe(first.visitor_id);
	});

	it('end the whole session when an old one comes back after its successor was used', async () => {
		const first = await openSession(backend, { site_key });
		const second = await refresh(first.refresh_token);
		const third = await refresh(second.refresh_token);
		await age(first.visitor_id);
		expect(await refused(first.refresh_token)).toEqual({ status: 401, code: 'session_revoked' });
		expect(await refused(third.refresh_token)).toEqual({ status: 401, code: 'session_revoked' });
	});

	it('mean nothing on another site, or when made up', async () => {
		const other = await createTenant(backend, sql, 'Other site');
		const { refresh_token } = await openSession(backend, { site_key: other.site.site_key });
		const invalid = { status: 401, code: 'refresh_token_invalid' };
		expect(await refused(refresh_token)).toEqual(invalid);
		expect(await refused('made-up-token-of-a-good-length')).toEqual(invalid);
	});

	it('are stored as hashes only', async () => {
		const { refresh_token } = await openSession(backend, { site_key });
		const rows = await sql`select t::text as row from private.visitor_refresh_tokens as t
			union all select s::text from private.visitor_sessions as s`;
		expect(rows.length).toBeGreaterThan(0);
		expect(rows.some((row) => (row['row'] as string).includes(refresh_token))).toBe(false);
	});
});

describe('verified identity', () => {
	const secretOf = async (siteId: string) => {
		const [row] = await sql<{ identity_secret: string }[]>`
			select identity_secret from private.site_secrets where site_id = ${siteId}`;
		return row?.identity_secret ?? '';
	};
	const sign = (claims: Record<string, unknown>, secret: string, exp = '5m') =>
		new SignJWT(claims)
			.setProtectedHeader({ alg: 'HS256' })
			.setExpirationTime(exp)
			.sign(new TextEncoder().encode(secret));

	it('is the same visitor on every device, and the first message carries name and e-mail', async () => {
		const secret = await secretOf(tenant.site.id);
		const identity = await sign({ sub: 'u-1', name: 'Ann', email: 'ann@shop.test' }, secret);
		const [phone, laptop] = await Promise.all([
			openSession(backend, { site_key, identity }),
			openSession(backend, { site_key, identity })
		]);
		expect(phone.visitor_id).toBe(laptop.visitor_id);
		expect(phone.verified).toBe(true);
		await connect(backend, phone.token)
			.rpc('start_conversation', {
				conversation_id: uuidv7(),
				message_id: uuidv7(),
				body: 'Hi',
				visitor: { name: 'Forged', email: 'forged@evil.test' }
			})
			.throwOnError();
		const [row] = await sql`select name, email, verified, external_id
			from public.visitors where id = ${phone.visitor_id}`;
		expect(row).toEqual({
			name: 'Ann',
			email: 'ann@shop.test',
			verified: true,
			external_id: 'u-1'
		});
	});

	it('never joins a verified history by a typed e-mail', async () => {
		const guest = await openSession(backend, { site_key });
		await connect(backend, guest.token)
			.rpc('start_conversation', {
				conversation_id: uuidv7(),
				message_id: uuidv7(),
				body: 'I am Ann',
				visitor: { email: 'ann@shop.test' }
			})
			.throwOnError();
		const { data } = await connect(backend, guest.token).from('conversations').select('id');
		expect(data?.length).toBe(1);
		const [row] = await sql`select verified from public.visitors where id = ${guest.visitor_id}`;
		expect(row).toEqual({ verified: false });
	});

	it.each([
		[
			'another site’s secret',
			async () =>
				sign({ sub: 'u-1' }, await secretOf((await createTenant(backend, sql, 'X')).site.id))
		],
		[
			'an expired signature',
			async () => sign({ sub: 'u-1' }, await secretOf(tenant.site.id), '-1m')
		],
		['no subject', async () => sign({ name: 'Ann' }, await secretOf(tenant.site.id))],
		[
			'no signature',
			() => Promise.resolve(`${btoa('{"alg":"none"}')}.${btoa('{"sub":"u-1","exp":9999999999}')}.`)
		]
	])('refuses %s', async (_, make) => {
		expect(await refusal('visitor-session', { site_key, identity: await make() })).toEqual({
			status: 401,
			code: 'identity_invalid'
		});
	});

	it('is demanded where the owner requires it', async () => {
		const strict = await createTenant(backend, sql, 'Strict');
		await sql`update public.sites set require_verification = true where id = ${strict.site.id}`;
		const request = { site_key: strict.site.site_key };
		expect(await refusal('visitor-session', request)).toEqual({
			status: 403,
			code: 'identity_required'
		});
		const identity = await sign({ sub: 'u-2' }, await secretOf(strict.site.id));
		expect((await openSession(backend, { ...request, identity })).verified).toBe(true);
	});
});

describe('boot', () => {
	const boot = async (body: unknown) =>
		(await (await callFunction(backend, 'boot', body)).json()) as Boot;

	it('answers settings, session, history without notes and the unread count at once', async () => {
		const operator = await tenant.addMember('owner');
		const { session, client } = await tenant.addVisitor();
		const conversation_id = uuidv7();
		await client
			.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: 'Hello' })
			.throwOnError();
		for (const [seen_seq, visibility] of [
			[1, 'public'],
			[2, 'team'],
			[3, 'public']
		] as const) {
			await operator.client
				.rpc('send_operator_message', {
					conversation_id,
					message_id: uuidv7(),
					body: visibility,
					seen_seq,
					visibility
				})
				.throwOnError();
		}
		const answer = await boot({ site_key, refresh_token: session.refresh_token });
		expect(answer.session?.visitor_id).toBe(session.visitor_id);
		expect(answer.site.site_id).toBe(tenant.site.id);
		expect(answer.conversation?.messages.map((m) => [m.seq, m.visibility])).toEqual([
			[1, 'public'],
			[2, 'public'],
			[4, 'public']
		]);
		expect(answer.unread_count).toBe(2);
	});

	it('answers settings alone when the refresh token is worth nothing', async () => {
		const answer = await boot({ site_key, refresh_token: 'made-up-token-of-a-good-length' });
		expect(answer).toMatchObject({ session: null, conversation: null, unread_count: 0 });
		expect(answer.site.site_id).toBe(tenant.site.id);
	});

	it('refuses unknown keys and foreign origins like visitor-session', async () => {
		expect((await refusal('boot', { site_key: 'pk_111111111111111111111111' })).code).toBe(
			'site_not_found'
		);
		expect((await refusal('boot', { site_key }, { from: 'https://evil.test' })).code).toBe(
			'origin_not_allowed'
		);
	});
});

describe('the public settings file', () => {
	const file = (key: string) =>
		fetch(`${backend.url}/storage/v1/object/public/site-files/${key}.json`);

	it('is written when a site is made, and follows its settings', async () => {
		const owner = await tenant.addMember('owner');
		await expect.poll(async () => (await file(site_key)).status, { timeout: 10_000 }).toBe(200);
		await owner.client
			.from('widget_settings')
			.update({ primary_color: '#102030' })
			.eq('site_id', tenant.site.id)
			.throwOnError();
		await expect
			.poll(
				async () => ((await (await file(site_key)).json()) as PublicSite).settings.primary_color,
				{ timeout: 10_000 }
			)
			.toBe('#102030');
	});

	it('tells nothing but what the widget needs', async () => {
		const content = (await (await file(site_key)).json()) as PublicSite;
		const told = ['site_id', 'name', 'settings', 'status', 'agents', 'teasers', 'updated_at'];
		expect(Object.keys(content).sort()).toEqual(told.sort());
		const look = ['language', 'position', 'primary_color', 'secondary_color', 'size', 'theme'];
		const forms = ['pre_chat', 'offline_form', 'rating', 'transcript', 'consent'];
		const others = ['texts', 'show_agents', 'file_kinds', 'logo_url', 'branding', 'sounds'];
		const settings = [...look, ...forms, ...others];
		expect(Object.keys(content.settings).sort()).toEqual(settings.sort());
		expect(content.agents).toEqual([]);
	});

	it('goes away with the archived site', async () => {
		const closed = await createTenant(backend, sql, 'Closed');
		await expect
			.poll(async () => (await file(closed.site.site_key)).status, { timeout: 10_000 })
			.toBe(200);
		await sql`update public.sites set archived_at = now() where id = ${closed.site.id}`;
		await expect
			.poll(async () => (await file(closed.site.site_key)).ok, { timeout: 10_000 })
			.toBe(false);
	});

	it('is published for nobody but the project itself', async () => {
		const withKey = (apikey: string) => refusal('worker', '{}', { headers: { apikey } });
		expect(await withKey(backend.publishableKey)).toEqual({ status: 403, code: 'forbidden' });
		expect(await refusal('worker', '{}')).toEqual({ status: 403, code: 'forbidden' });
	});
});

import { uuidv7 } from '@chatiq/contracts/ids';
import type { ApiKeyWithSecret, ApiScope } from '@chatiq/contracts/team';
import { apiScopes } from '@chatiq/contracts/team';
import createClient, { type Client } from 'openapi-fetch';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { paths } from '../support/api.gen.ts';
import { apiTypes, storedApiTypes } from '../support/api-types.ts';
import { connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
const baseUrl = `${backend.url}/functions/v1/api/v1`;
let sql: postgres.Sql;
let tenant: Tenant;
let other: Tenant;
let admin: Person;
let operator: Person;
let visitor: Visitor;
let api: Client<paths>;
let conversation = '';

beforeAll(async () => {
	sql = connectSql(backend);
	[tenant, other] = await Promise.all([
		createTenant(backend, sql, 'Keyed'),
		createTenant(backend, sql, 'Elsewhere')
	]);
	[admin, operator] = [await tenant.addMember('admin'), await tenant.addMember('operator')];
	visitor = await tenant.addVisitor();
	conversation = await start(visitor);
	api = await clientWith(apiScopes);
});
afterAll(() => sql.end());

async function start({ client }: Visitor): Promise<string> {
	const conversation_id = uuidv7();
	await client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
	return conversation_id;
}

async function keyWith(scopes: readonly ApiScope[], id = uuidv7()): Promise<string> {
	const { data } = await admin.client
		.rpc('create_api_key', {
			...{ key_id: id, organization_id: tenant.organization, name: 'Test', scopes: [...scopes] }
		})
		.throwOnError();
	return (data as unknown as ApiKeyWithSecret).secret;
}

async function clientWith(scopes: readonly ApiScope[], id?: string): Promise<Client<paths>> {
	const key = await keyWith(scopes, id);
	return createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${key}` } });
}

const at = (id: string) => ({ params: { path: { id } } });

describe('conversations and messages', () => {
	it('are read page by page', async () => {
		for (let n = 0; n < 4; n++) await start(visitor);
		const seen: string[] = [];
		let cursor: string | null | undefined;
		do {
			const { data } = await api.GET('/conversations', {
				params: { query: { limit: 2, status: 'open', ...(cursor ? { cursor } : {}) } }
			});
			seen.push(...(data?.data ?? []).map(({ id }) => id));
			cursor = data?.next_cursor;
		} while (cursor);
		const rows = await sql`
			select id from public.conversations where organization_id = ${tenant.organization}
			order by last_message_at desc, id desc`;
		expect(seen).toEqual(rows.map(({ id }) => id as string));
		const mine = await api.GET('/conversations', {
			params: { query: { visitor_id: visitor.session.visitor_id, limit: 200 } }
		});
		expect(mine.data?.data).toHaveLength(5);
		expect(mine.data?.next_cursor).toBeNull();
	});

	it('a message is sent once, as a bot or as an operator', async () => {
		const id = uuidv7();
		const send = () =>
			api.POST('/conversations/{id}/messages', {
				...at(conversation),
				body: { id, body: 'Your parcel is on its way', author_name: 'Parcels' }
			});
		const [first, second] = await Promise.all([send(), send()]);
		expect(first.data).toEqual(second.data);
		expect(first.data).toMatchObject({ author_kind: 'bot', author_name: 'Parcels', seq: 2 });
		const signed = await api.POST('/conversations/{id}/messages', {
			...at(conversation),
			body: { id: uuidv7(), body: 'A note', operator_id: operator.id, visibility: 'team' }
		});
		expect(signed.data).toMatchObject({ author_kind: 'operator', author_name: operator.name });
		const page = await api.GET('/conversations/{id}/messages', {
			params: { path: { id: conversation }, query: { limit: 2 } }
		});
		expect(page.data?.data.map(({ seq }) => seq)).toEqual([1, 2]);
		const rest = await api.GET('/conversations/{id}/messages', {
			params: {
				path: { id: conversation },
				query: { cursor: Number(page.data?.next_cursor) }
			}
		});
		expect(rest.data).toMatchObject({ data: [{ seq: 3, body: 'A note' }], next_cursor: null });
		// The visitor sees the one and not the other.
		const { data } = await visitor.client
			.rpc('messages_after', { conversation_id: conversation, after_seq: 1 })
			.throwOnError();
		expect(data.map(({ body }) => body)).toEqual(['Your parcel is on its way']);
	});

	it('a conversation is assigned, closed and reopened', async () => {
		const change = (body: Parameters<typeof api.PATCH<'/conversations/{id}'>>[1]['body']) =>
			api.PATCH('/conversations/{id}', { ...at(conversation), body });
		const closed = await change({
			...{ status: 'closed', close_reason: 'resolved' },
			...{ assignee_id: operator.id, priority: 'high' }
		});
		expect(closed.data).toMatchObject({
			...{ status: 'closed', close_reason: 'resolved' },
			...{ assignee_id: operator.id, priority: 'high', waiting_since: null }
		});
		const open = await change({ status: 'open' });
		expect(open.data).toMatchObject({ status: 'open', closed_at: null, assignee_id: operator.id });
		const stranger = await other.addMember('operator');
		const refused = await change({ assignee_id: stranger.id });
		expect(refused.error?.error.code).toBe('assignee_not_on_site');
	});
});

it('visitors are found and changed', async () => {
	const { visitor_id: id } = visitor.session;
	const email = `${id}@visitors.test`;
	const changed = await api.PATCH('/visitors/{id}', {
		...at(id),
		body: { email: email.toUpperCase(), name: 'Ada' }
	});
	expect(changed.data).toMatchObject({ name: 'Ada' });
	const found = await api.GET('/visitors', { params: { query: { email } } });
	expect(found.data?.data.map((one) => one.id)).toEqual([id]);
	expect((await api.GET('/visitors/{id}', at(id))).data).toMatchObject({ name: 'Ada' });
	const bad = await api.PATCH('/visitors/{id}', { ...at(id), body: { email: 'no address' } });
	expect(bad.response.status).toBe(422);
});

describe('a key', () => {
	it('opens nothing of another organisation', async () => {
		const theirs = await other.addVisitor();
		const foreign = await start(theirs);
		const answers = await Promise.all([
			api.GET('/conversations/{id}', at(foreign)),
			api.GET('/conversations/{id}/messages', at(foreign)),
			api.PATCH('/conversations/{id}', { ...at(foreign), body: { status: 'closed' } }),
			api.POST('/conversations/{id}/messages', {
				...at(foreign),
				body: { id: uuidv7(), body: 'Hello' }
			}),
			api.GET('/visitors/{id}', at(theirs.session.visitor_id)),
			api.PATCH('/visitors/{id}', { ...at(theirs.session.visitor_id), body: { name: 'X' } })
		]);
		expect(answers.map(({ response }) => response.status)).toEqual(Array(6).fill(404));
		const listed = await api.GET('/conversations', {
			params: { query: { visitor_id: theirs.session.visitor_id } }
		});
		expect(listed.data?.data).toEqual([]);
		const bySite = await api.GET('/visitors', { params: { query: { site_id: other.site.id } } });
		expect(bySite.data?.data).toEqual([]);
	});

	it('does no more than its scopes say, and nothing once it is revoked', async () => {
		const id = uuidv7();
		const reader = await clientWith(['messages:read'], id);
		expect((await reader.GET('/conversations/{id}/messages', at(conversation))).data).toBeDefined();
		const refused = await reader.GET('/conversations');
		expect(refused.response.status).toBe(403);
		expect(refused.error?.error.code).toBe('scope_missing');
		await admin.client.rpc('revoke_api_key', { key_id: id }).throwOnError();
		const after = await reader.GET('/conversations/{id}/messages', at(conversation));
		expect(after.response.status).toBe(401);
		expect(after.error?.error.code).toBe('api_key_invalid');
	});

	it('that asks too often is told when to come again', async () => {
		const id = uuidv7();
		const eager = await clientWith(['visitors:read'], id);
		await sql`
			insert into private.rate_buckets (key, tokens, updated_at) values (${`api:${id}`}, 0, clock_timestamp() + interval '1 second')`;
		const { response, error } = await eager.GET('/visitors');
		expect(response.status).toBe(429);
		expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
		expect(error?.error.code).toBe('rate_limited');
	});
});

it.each([
	['GET', '/conversations?limit=0', undefined, 422, 'invalid_input'],
	['GET', '/conversations?status=lost', undefined, 422, 'invalid_input'],
	['GET', '/conversations?cursor=zz', undefined, 422, 'invalid_input'],
	[
		'GET',
		`/conversations?cursor=${Buffer.from('1|x').toString('hex')}`,
		undefined,
		422,
		'invalid_input'
	],
	['GET', '/conversations?nonsense=1', undefined, 422, 'invalid_input'],
	['GET', '/conversations/not-a-uuid', undefined, 422, 'invalid_input'],
	['GET', `/conversations/${uuidv7()}`, undefined, 404, 'conversation_not_found'],
	['PATCH', `/conversations/${uuidv7()}`, '{}', 422, 'invalid_input'],
	['PATCH', `/conversations/${uuidv7()}`, 'no JSON', 422, 'invalid_input'],
	['DELETE', '/visitors', '{}', 405, 'method_not_allowed'],
	['GET', '/nothing', undefined, 404, 'not_found']
])('%s %s %s is refused with %i', async (method, path, body, status, code) => {
	const key = await keyWith(apiScopes);
	const response = await fetch(baseUrl + path, {
		method,
		headers: { authorization: `Bearer ${key}` },
		...(body === undefined ? {} : { body })
	});
	expect([response.status, await response.json()]).toMatchObject([status, { error: { code } }]);
});

it('is described by OpenAPI, by a page without scripts, and by types that are up to date', async () => {
	const description = (await (await fetch(`${baseUrl}/openapi.json`)).json()) as {
		openapi: string;
		servers: { url: string }[];
	};
	expect(description).toMatchObject({ openapi: '3.1.0', servers: [{ url: baseUrl }] });
	const page = await fetch(`${baseUrl}/reference`);
	expect(page.headers.get('content-type')).toContain('text/html');
	const html = await page.text();
	expect(html).toContain('POST /conversations/{id}/messages');
	expect(html).not.toMatch(/<script|https:\/\/(?!example)/);
	expect(await storedApiTypes()).toBe(await apiTypes());
});

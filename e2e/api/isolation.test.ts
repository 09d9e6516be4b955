import { uuidv7 } from '@chatiq/contracts/ids';
import type { SupabaseClient } from '@supabase/supabase-js';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connect, connectService, connectSql } from '../support/backend.ts';
import { furnish } from '../support/furnish.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';
import {
	type Actor,
	actors,
	buckets,
	executes,
	keys,
	lockedColumns,
	reads,
	topicRights,
	updates,
	writers
} from './isolation-matrix.ts';
import { broadcastReaches, tryToBePresent, tryToListen } from './realtime-probe.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let a: Tenant;
let owner: Person;
let visitor: Visitor;
let conversation: string;
// Untyped on purpose: the test calls what the types would forbid.
const clients = {} as Record<Actor, SupabaseClient>;
const idsOfA = new Map<string, string[]>();

beforeAll(async () => {
	sql = connectSql(backend);
	a = await createTenant(backend, sql, 'Tenant A');
	const b = await createTenant(backend, sql, 'Tenant B');
	owner = await a.addMember('owner');
	visitor = await a.addVisitor();
	const otherVisitor = await a.addVisitor();
	conversation = await converse(visitor);
	await converse(otherVisitor);
	const people = {
		owner,
		admin: await a.addMember('admin'),
		operator: await a.addMember('operator'),
		unassigned: await a.addMember('operator', false),
		stranger: await b.addMember('owner')
	};
	for (const [actor, person] of Object.entries(people)) clients[actor as Actor] = person.client;
	clients.visitor = visitor.client;
	clients.other_visitor = otherVisitor.client;
	clients.passer_by = connect(backend);
	await owner.client.rpc('mark_read', { conversation_id: conversation, seq: 2 }).throwOnError();
	await furnish(sql, a, { conversation, owner: owner.id, operator: people.operator.id });
	await rememberIds();
});

afterAll(() => sql.end());

/** A visitor's message, an operator's answer and a private note. */
async function converse(by: Visitor): Promise<string> {
	const id = uuidv7();
	await by.client
		.rpc('start_conversation', { conversation_id: id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
	for (const [seen_seq, visibility] of [
		[1, 'public'],
		[2, 'team']
	] as const) {
		await owner.client
			.rpc('send_operator_message', {
				conversation_id: id,
				message_id: uuidv7(),
				body: visibility,
				seen_seq,
				visibility
			})
			.throwOnError();
	}
	return id;
}

async function rememberIds(): Promise<void> {
	for (const [table, key] of Object.entries(keys)) {
		const rows = await sql<{ key: string }[]>`
			select ${sql(key)} as key from public.${sql(table)} as t
			where ${
				table === 'profiles'
					? sql`id in (select user_id from public.memberships where organization_id = ${a.organization})`
					: table === 'organizations'
						? sql`id = ${a.organization}`
						: table === 'audit_log'
							? sql`organization_id = ${a.organization} and entity = 'labels' and action = 'insert'`
							: sql`organization_id = ${a.organization}`
			}`;
		idsOfA.set(
			table,
			rows.map((row) => row.key)
		);
	}
}

function ids(table: string): string[] {
	const known = idsOfA.get(table);
	if (!known?.length) throw new Error(`the fixture has no row in ${table}`);
	return known;
}

describe('the catalogue', () => {
	it('has row-level security on every table, also on those no client reaches', async () => {
		const open = await sql`
			select c.oid::regclass::text as name from pg_class as c
			where c.relnamespace::regnamespace::text in ('public', 'private', 'app')
				and c.relkind in ('r', 'p') and not c.relrowsecurity`;
		expect(open).toEqual([]);
	});

	it('has a row in the matrix for every table and view of the API, and no other', async () => {
		const found = await sql<{ relname: string }[]>`
			select relname from pg_class
			where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')`;
		const names = found.map((row) => row.relname).sort();
		for (const part of [keys, reads, updates, lockedColumns]) {
			expect(Object.keys(part).sort()).toEqual(names);
		}
	});

	it('lets each role call exactly the functions of the matrix', async () => {
		const found = await sql<{ name: string; anon: boolean; authenticated: boolean }[]>`
			select proname as name,
				has_function_privilege('anon', oid, 'execute') as anon,
				has_function_privilege('authenticated', oid, 'execute') as authenticated
			from pg_proc where pronamespace = 'public'::regnamespace order by proname`;
		const actual = Object.fromEntries(
			found.map((row) => [
				row.name,
				[...(row.anon ? ['anon'] : []), ...(row.authenticated ? ['authenticated'] : [])]
			])
		);
		expect(actual).toEqual(executes);
	});

	it('has a row in the matrix for every bucket', async () => {
		const found = await sql<{ id: string; public: boolean }[]>`
			select id, public from storage.buckets`;
		expect(Object.fromEntries(found.map((row) => [row.id, { public: row.public }]))).toEqual(
			buckets
		);
	});

	it('pins the search path of every function of ours', async () => {
		const loose = await sql`
			select oid::regprocedure::text as name from pg_proc
			where pronamespace::regnamespace::text in ('public', 'app', 'private')
				and not coalesce(proconfig @> array['search_path=""'], false)`;
		expect(loose).toEqual([]);
	});

	it('has views that obey the rights of whoever reads them', async () => {
		const definer = await sql`
			select oid::regclass::text as name from pg_class
			where relnamespace::regnamespace::text in ('public', 'app') and relkind = 'v'
				and not coalesce(reloptions @> array['security_invoker=true'], false)`;
		expect(definer).toEqual([]);
	});
});

describe.each(actors.map((actor, place) => [actor, place] as const))('%s', (actor, place) => {
	it.each(Object.entries(reads))('reads of %s what it may', async (table, cells) => {
		const key = keys[table] ?? '';
		const { data, error } = await clients[actor].from(table).select(key).in(key, ids(table));
		expect(error ? 'refused' : data.length).toBe(cells[place]);
	});

	it.each(Object.entries(updates))('updates of %s what it may', async (table, rule) => {
		const key = keys[table] ?? '';
		const set = rule === 'never' ? { [key]: ids(table)[0] } : rule.set;
		const { data, error } = await clients[actor]
			.from(table)
			.update(set)
			.in(key, ids(table))
			.select(key);
		const outcome = error ? 'refused' : data.length;
		expect(outcome).toBe(rule === 'never' ? 'refused' : rule.rows[place]);
	});

	it.each(Object.entries(lockedColumns))('never sets a locked column of %s', async (table, set) => {
		const before = await rowsOf(table);
		const { error } = await clients[actor]
			.from(table)
			.update(set)
			.in(keys[table] ?? '', ids(table));
		expect(error?.code).toBe('42501');
		expect(await rowsOf(table)).toEqual(before);
	});

	const closed = Object.keys(keys).filter((table) => !writers[table]?.[place]);
	it.each(closed)('never inserts into %s, nor deletes', async (table) => {
		const before = await rowsOf(table);
		const key = keys[table] ?? '';
		const inserted = await clients[actor]
			.from(table)
			.insert([{ [key]: idsOfA.get(table)?.[0] }] as never);
		const deleted = await clients[actor].from(table).delete().in(key, ids(table));
		expect(inserted.error?.code).toBe('42501');
		// Where others may, a policy answers instead: no row of A is the caller's to delete.
		if (!writers[table]) expect(deleted.error?.code).toBe('42501');
		expect(await rowsOf(table)).toEqual(before);
	});

	it.each(Object.entries(executes))('calls %s only when it may', async (name, roles) => {
		const role = ['visitor', 'other_visitor', 'passer_by'].includes(actor)
			? 'anon'
			: 'authenticated';
		const { error } = await clients[actor].rpc(name, wellFormedArguments(name));
		// A function that the role may not call is refused before it runs, whatever the arguments.
		expect(error?.code === '42501').toBe(!roles.includes(role));
	});

	it.each(Object.entries(topicRights))('listens to %s when it may', async (pattern, rights) => {
		const topic = topicOf(pattern);
		expect(await tryToListen(clients[actor], topic)).toBe(rights.listen[place]);
	});

	it.each(Object.entries(topicRights))('broadcasts on %s when it may', async (pattern, rights) => {
		const topic = topicOf(pattern);
		expect(await broadcastReaches(backend, clients[actor], topic)).toBe(rights.send[place]);
	});

	it.each(Object.entries(topicRights))('is present on %s when it may', async (pattern, rights) => {
		const topic = topicOf(pattern);
		expect(await tryToBePresent(clients[actor], topic)).toBe(rights.present[place]);
	});

	it.each(Object.keys(buckets))('neither lists nor writes nor removes in %s', async (bucket) => {
		const file = `${a.site.site_key}.json`;
		const storage = clients[actor].storage.from(bucket);
		await connectService(backend)
			.storage.from(bucket)
			.upload(file, new Blob(['{}'], { type: 'application/json' }), { upsert: true });
		const listed = await storage.list();
		expect(listed.data ?? []).toEqual([]);
		const written = await storage.upload(
			file,
			new Blob(['{"evil":1}'], { type: 'application/json' }),
			{
				upsert: true
			}
		);
		expect(written.error).not.toBeNull();
		const removed = await storage.remove([file]);
		expect(removed.data ?? []).toEqual([]);
		const kept = await connectService(backend).storage.from(bucket).download(file);
		expect(await kept.data?.text()).toBe('{}');
	});
});

async function rowsOf(table: string) {
	const key = keys[table] ?? '';
	return sql`select * from public.${sql(table)} as t where ${sql(key)} in ${sql(ids(table))} order by t::text`;
}

/** Arguments that the function's signature accepts and that change nothing. */
function wellFormedArguments(name: string): Record<string, unknown> {
	const nobody = '00000000-0000-4000-8000-000000000000';
	const message = { conversation_id: nobody, message_id: nobody, body: '' };
	const session = { site_key: 'none', origin: '', address: '', new_token_hash: '00' };
	const byName: Record<string, Record<string, unknown>> = {
		start_conversation: message,
		send_visitor_message: message,
		send_operator_message: { ...message, seen_seq: 0 },
		messages_after: { conversation_id: nobody, after_seq: 0 },
		messages_before: { conversation_id: nobody, before_seq: 1 },
		get_conversation: { conversation_id: nobody },
		mark_read: { conversation_id: nobody, seq: 1 },
		list_inbox: {},
		inbox_changes_since: { cursor: '1' },
		set_conversation_status: { conversation_id: nobody, status: 'open' },
		open_visitor_session: session,
		boot_visitor: session,
		site_identity_secrets: { site_key: 'none' },
		site_to_publish: { site_id: nobody },
		...teamArguments(nobody)
	};
	const found = byName[name];
	if (!found) throw new Error(`no arguments for ${name}`);
	return found;
}

/** The same for the functions of the team side: every id is one that does not exist. */
function teamArguments(nobody: string): Record<string, Record<string, unknown>> {
	const organization = { organization_id: nobody };
	const member = { ...organization, user_id: nobody };
	const site = { site_id: nobody };
	const label = { conversation_id: nobody, label_id: nobody };
	const webhook = { webhook_id: nobody };
	const invitation = { invitation_id: nobody };
	return {
		create_organization: { ...organization, name: '' },
		set_member_role: { ...member, role: 'operator' },
		set_member_capacity: { ...member, capacity: 1 },
		set_member_active: { ...member, active: true },
		set_member_sites: { ...member, site_ids: [] },
		remove_member: member,
		leave_organization: organization,
		transfer_ownership: member,
		delete_organization: { ...organization, name: '' },
		invite_member: { ...invitation, ...organization, email: '', role: 'operator' },
		resend_invitation: invitation,
		revoke_invitation: invitation,
		accept_invitation: { token: '' },
		read_invitation: { token: '' },
		create_site: { ...site, ...organization, name: '' },
		archive_site: site,
		restore_site: site,
		set_site_operators: { ...site, user_ids: [] },
		rotate_site_key: { ...site, site_key: '' },
		end_site_key_overlap: site,
		read_identity_secret: site,
		rotate_identity_secret: { ...site, version: 1 },
		label_conversation: label,
		unlabel_conversation: label,
		mark_notifications_read: { notification_ids: [] },
		rate_conversation: { conversation_id: nobody, score: 1 },
		set_business_hours: { ...site, hours: [] },
		set_special_day: { ...site, day: '2026-12-25', hours: [] },
		clear_special_day: { ...site, day: '2026-12-25' },
		read_webhook_secret: webhook,
		rotate_webhook_secret: { ...webhook, version: 1 },
		replay_webhook_delivery: { delivery_id: nobody },
		create_api_key: { ...organization, key_id: nobody, name: '', scopes: [] },
		revoke_api_key: { key_id: nobody },
		site_stats: {},
		erase_organization: organization,
		issue_invitation_token: invitation,
		use_api_key: { key_hash: '00' }
	};
}

function topicOf(pattern: string): string {
	return pattern.replace('{conversation}', conversation).replace('{site}', a.site.id);
}

describe('guessed and swapped ids', () => {
	it('answers the same for a foreign conversation and for one that does not exist', async () => {
		const answers = await Promise.all(
			[conversation, uuidv7()].map(async (id) => {
				const send = await clients.other_visitor.rpc('send_visitor_message', {
					conversation_id: id,
					message_id: uuidv7(),
					body: 'Let me in'
				});
				const read = await clients.stranger.rpc('mark_read', { conversation_id: id, seq: 1 });
				const history = await clients.stranger.rpc('messages_after', {
					conversation_id: id,
					after_seq: 0
				});
				const rows: unknown = history.data;
				const row = await clients.other_visitor.rpc('get_conversation', { conversation_id: id });
				expect(row.data).toBeNull();
				return { send: send.error, status: send.status, read: read.error, rows };
			})
		);
		expect(answers[0]).toEqual(answers[1]);
		expect(answers[0]?.send).toMatchObject({ message: 'conversation_not_found' });
	});

	it('refuses a message id that another tenant used, without showing that message', async () => {
		const [foreign] = await sql<{ id: string }[]>`
			select id from public.messages where conversation_id = ${conversation} and seq = 1`;
		const mine = uuidv7();
		const answer = await clients.other_visitor.rpc('start_conversation', {
			conversation_id: mine,
			message_id: foreign?.id,
			body: 'Mine'
		});
		expect(answer.data).toBeNull();
		expect(answer.error?.message).toBe('id_conflict');
		const left = await sql`select from public.conversations where id = ${mine}`;
		expect(left.length).toBe(0);
	});

	it('refuses to start a conversation under the id of a foreign one', async () => {
		const { error } = await clients.other_visitor.rpc('start_conversation', {
			conversation_id: conversation,
			message_id: uuidv7(),
			body: 'Mine'
		});
		expect(error?.message).toBe('id_conflict');
	});

	it('keeps out a removed member whose token is still valid', async () => {
		const leaver = await a.addMember('operator');
		expect((await leaver.client.from('conversations').select('id')).data?.length).toBe(2);
		await sql`delete from public.memberships where user_id = ${leaver.id}`;
		expect((await leaver.client.from('conversations').select('id')).data).toEqual([]);
		const sent = await leaver.client.rpc('send_operator_message', {
			conversation_id: conversation,
			message_id: uuidv7(),
			body: 'Still here',
			seen_seq: 99
		});
		expect(sent.error?.message).toBe('conversation_not_found');
	});
});

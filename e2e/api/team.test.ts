import type { TeamMember } from '@chatiq/contracts/team';
import { uuidv7 } from '@chatiq/contracts/ids';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectService, connectSql } from '../support/backend.ts';
import { createPerson, createTenant, type Person, type Tenant } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let owner: Person;
let admin: Person;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Team');
	[owner, admin] = await Promise.all([tenant.addMember('owner'), tenant.addMember('admin')]);
});
afterAll(() => sql.end());

const member = (person: Person, of = tenant) => ({
	organization_id: of.organization,
	user_id: person.id
});

/** An open conversation of a visitor, assigned to this person. */
async function assignTo(person: Person): Promise<string> {
	const visitor = await tenant.addVisitor();
	const id = uuidv7();
	await visitor.client
		.rpc('start_conversation', { conversation_id: id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
	await sql`update public.conversations set assignee_id = ${person.id} where id = ${id}`;
	return id;
}

async function assigneeOf(conversation: string): Promise<string | null> {
	const [row] = await sql<{ assignee_id: string | null }[]>`
		select assignee_id from public.conversations where id = ${conversation}`;
	if (!row) throw new Error('no conversation');
	return row.assignee_id;
}

async function rolesOf(organization: string): Promise<string[]> {
	const rows = await sql<{ role: string }[]>`
		select role::text from public.memberships where organization_id = ${organization} order by memberships.role`;
	return rows.map((row) => row.role);
}

describe('create_organization', () => {
	it('makes the caller its owner, once per id', async () => {
		const founder = await createPerson(backend);
		const id = uuidv7();
		const call = () =>
			founder.client.rpc('create_organization', { organization_id: id, name: '  Founded  ' });
		const answers = await Promise.all([call(), call()]);
		expect(answers.map((answer) => answer.data?.name)).toEqual(['Founded', 'Founded']);
		expect(await rolesOf(id)).toEqual(['owner']);
		const stranger = await owner.client.rpc('create_organization', {
			organization_id: id,
			name: 'Mine'
		});
		expect(stranger.error?.message).toBe('id_conflict');
		const nameless = await founder.client.rpc('create_organization', {
			organization_id: uuidv7(),
			name: ' '
		});
		expect(nameless.error).toMatchObject({ code: 'PT422', message: 'invalid_input' });
	});
});

describe('the last owner', () => {
	it('cannot leave, be demoted, deactivated or removed, nor lose the account', async () => {
		const call = owner.client;
		const answers = await Promise.all([
			call.rpc('leave_organization', { organization_id: tenant.organization }),
			call.rpc('set_member_role', { ...member(owner), role: 'admin' }),
			call.rpc('set_member_active', { ...member(owner), active: false }),
			call.rpc('remove_member', member(owner))
		]);
		expect(answers.map((answer) => answer.error?.message)).toEqual(Array(4).fill('last_owner'));
		expect((await connectService(backend).auth.admin.deleteUser(owner.id)).error).not.toBeNull();
		await expect(sql`delete from auth.users where id = ${owner.id}`).rejects.toThrow('last_owner');
	});

	it('stays when two owners leave at the same moment', async () => {
		const shared = await createTenant(backend, sql, 'Two owners');
		const pair = await Promise.all([shared.addMember('owner'), shared.addMember('owner')]);
		for (let round = 0; round < 8; round++) {
			await sql`insert into public.memberships ${sql(
				pair.map((person) => ({ ...member(person, shared), role: 'owner' }))
			)} on conflict do nothing`;
			const left = await Promise.all(
				pair.map((person) =>
					person.client.rpc('leave_organization', { organization_id: shared.organization })
				)
			);
			expect(left.map((answer) => answer.error?.message ?? 'left').sort()).toEqual([
				'last_owner',
				'left'
			]);
			expect(await rolesOf(shared.organization)).toEqual(['owner']);
		}
	});

	it('hands over and stays as admin; a repeat changes nothing', async () => {
		const shared = await createTenant(backend, sql, 'Handover');
		const [giver, taker] = await Promise.all([
			shared.addMember('owner'),
			shared.addMember('operator')
		]);
		const call = () => giver.client.rpc('transfer_ownership', member(taker, shared));
		expect((await call()).data).toMatchObject({ role: 'owner', user_id: taker.id });
		expect((await call()).data).toMatchObject({ role: 'owner', user_id: taker.id });
		expect(await rolesOf(shared.organization)).toEqual(['owner', 'admin']);
		const back = await giver.client.rpc('transfer_ownership', member(giver, shared));
		expect(back.error?.message).toBe('forbidden');
	});
});

describe('roles', () => {
	it('lets admins change operators and admins, but no owner, and make no owner', async () => {
		const operator = await tenant.addMember('operator');
		const set = (person: Person, role: 'owner' | 'admin' | 'operator', by = admin) =>
			by.client.rpc('set_member_role', { ...member(person), role });
		expect((await set(operator, 'admin')).data?.role).toBe('admin');
		expect((await set(operator, 'operator')).data?.role).toBe('operator');
		expect((await set(operator, 'owner')).error?.message).toBe('forbidden');
		expect((await set(owner, 'operator')).error?.message).toBe('forbidden');
		expect((await set(operator, 'admin', operator)).error?.message).toBe('forbidden');
		expect((await admin.client.rpc('remove_member', member(owner))).error?.message).toBe(
			'forbidden'
		);
	});

	it('answers for a foreign organisation as for one that does not exist', async () => {
		const stranger = await (await createTenant(backend, sql, 'Others')).addMember('owner');
		const calls = [tenant.organization, uuidv7()].map((organization_id) =>
			stranger.client.rpc('set_member_role', {
				organization_id,
				user_id: admin.id,
				role: 'operator'
			})
		);
		const [foreign, missing] = await Promise.all(calls);
		expect(foreign?.error).toEqual(missing?.error);
		expect(foreign?.error?.message).toBe('organization_not_found');
	});
});

describe('whoever loses access', () => {
	it('sees nothing with a token that is still valid, while deactivated, and all again afterwards', async () => {
		const operator = await tenant.addMember('operator');
		const conversation = await assignTo(operator);
		const see = async () =>
			(await operator.client.from('conversations').select('id').eq('id', conversation)).data
				?.length;
		expect(await see()).toBe(1);
		const set = (active: boolean) =>
			admin.client.rpc('set_member_active', { ...member(operator), active }).throwOnError();
		const first = await set(false);
		expect((await set(false)).data.deactivated_at).toBe(first.data.deactivated_at);
		expect(await see()).toBe(0);
		for (const table of ['sites', 'labels', 'organizations', 'messages'] as const) {
			expect((await operator.client.from(table).select('*')).data).toEqual([]);
		}
		expect(await assigneeOf(conversation)).toBeNull();
		await set(true);
		expect(await see()).toBe(1);
	});

	it('loses open conversations when removed, with the sites; closed ones keep their name', async () => {
		const operator = await tenant.addMember('operator');
		const [open, closed] = await Promise.all([assignTo(operator), assignTo(operator)]);
		await operator.client
			.rpc('set_conversation_status', { conversation_id: closed, status: 'closed' })
			.throwOnError();
		await admin.client.rpc('remove_member', member(operator)).throwOnError();
		expect((await admin.client.rpc('remove_member', member(operator))).error).toBeNull();
		expect([await assigneeOf(open), await assigneeOf(closed)]).toEqual([null, operator.id]);
		const sites = await sql`select from public.site_operators where user_id = ${operator.id}`;
		expect(sites.length).toBe(0);
	});

	it('loses the open conversations of a site that is taken away, by either screen', async () => {
		const operator = await tenant.addMember('operator');
		const site_id = tenant.site.id;
		const kept = await assignTo(operator);
		const assigned = await admin.client
			.rpc('set_site_operators', { site_id, user_ids: [operator.id] })
			.throwOnError();
		expect(assigned.data.map((row) => row.user_id)).toEqual([operator.id]);
		expect(await assigneeOf(kept)).toBe(operator.id);
		await admin.client
			.rpc('set_member_sites', { ...member(operator), site_ids: [] })
			.throwOnError();
		expect(await assigneeOf(kept)).toBeNull();
	});
});

it('keeps ids of other tenants out of site assignments', async () => {
	const other = await createTenant(backend, sql, 'Other');
	const stranger = await other.addMember('operator');
	const operator = await tenant.addMember('operator', false);
	const answers = await Promise.all([
		admin.client.rpc('set_site_operators', { site_id: tenant.site.id, user_ids: [stranger.id] }),
		admin.client.rpc('set_member_sites', { ...member(operator), site_ids: [other.site.id] }),
		admin.client.rpc('set_site_operators', { site_id: other.site.id, user_ids: [] })
	]);
	expect(answers.map((answer) => answer.error?.message)).toEqual([
		'member_not_found',
		'site_not_found',
		'site_not_found'
	]);
	const rows = await sql`select from public.site_operators where user_id = ${operator.id}`;
	expect(rows.length).toBe(0);
});

it('deletes an organisation for everybody at once, when its owner types the name', async () => {
	const doomed = await createTenant(backend, sql, 'Doomed');
	const [boss, helper] = await Promise.all([doomed.addMember('owner'), doomed.addMember('admin')]);
	const call = (person: Person, name: string) =>
		person.client.rpc('delete_organization', { organization_id: doomed.organization, name });
	expect((await call(helper, 'Doomed')).error?.message).toBe('forbidden');
	expect((await call(boss, 'doomed')).error?.message).toBe('name_mismatch');
	expect((await call(boss, 'Doomed')).error).toBeNull();
	expect((await call(boss, 'Doomed')).error).toBeNull();
	expect((await helper.client.from('sites').select('id')).data).toEqual([]);
	await expect(doomed.addVisitor()).rejects.toThrow('site_not_found');
	// The worker does the same, and may have been faster: no matter who, everything is gone.
	await connectService(backend)
		.rpc('erase_organization', { organization_id: doomed.organization })
		.throwOnError();
	const left = await sql`select from public.organizations where id = ${doomed.organization}`;
	expect(left.length).toBe(0);
	const kept = await connectService(backend)
		.rpc('erase_organization', { organization_id: tenant.organization })
		.throwOnError();
	expect(kept.data).toBe(false);
});

async function nameOf({ id }: Person): Promise<string | undefined> {
	const [row] = await sql<{ display_name: string }[]>`
		select display_name from public.profiles where id = ${id}`;
	return row?.display_name;
}

it('writes down who did what, for admins alone and without secrets', async () => {
	const operator = await tenant.addMember('operator');
	await admin.client
		.rpc('set_member_capacity', { ...member(operator), capacity: 4 })
		.throwOnError();
	await admin.client.rpc('read_identity_secret', { site_id: tenant.site.id }).throwOnError();
	const { data } = await owner.client
		.from('audit_log')
		.select('actor_id, actor_name, action, entity, name, before, after')
		.in('entity_id', [operator.id, tenant.site.id])
		.in('action', ['update', 'read'])
		.throwOnError();
	expect(data).toContainEqual({
		actor_id: admin.id,
		action: 'update',
		actor_name: await nameOf(admin),
		entity: 'memberships',
		name: await nameOf(operator),
		before: { capacity: null },
		after: { capacity: 4 }
	});
	expect(data).toContainEqual({
		actor_id: admin.id,
		action: 'read',
		actor_name: await nameOf(admin),
		entity: 'identity_secret',
		name: null,
		before: null,
		after: null
	});
	// Whoever deletes the account is not named any more.
	const leaver = await tenant.addMember('admin');
	await leaver.client
		.from('labels')
		.insert({ organization_id: tenant.organization, name: 'Parting' })
		.throwOnError();
	const parting = () =>
		sql`select actor_name, name from public.audit_log where actor_id = ${leaver.id} and entity = 'labels'`;
	expect(await parting()).toEqual([{ actor_name: await nameOf(leaver), name: 'Parting' }]);
	await sql`delete from auth.users where id = ${leaver.id}`;
	expect(await parting()).toEqual([{ actor_name: null, name: 'Parting' }]);
	expect((await operator.client.from('audit_log').select('id')).data).toEqual([]);
	const erased = await connectService(backend).from('audit_log').delete().gt('id', 0);
	expect(erased.error?.code).toBe('42501');
});

it('refuses a time zone that does not exist', async () => {
	const set = (time_zone: string) =>
		admin.client.from('profiles').update({ time_zone }).eq('id', admin.id).select('time_zone');
	expect((await set('Europe/Kyiv')).data).toEqual([{ time_zone: 'Europe/Kyiv' }]);
	expect((await set('Mars/Olympus')).error).toMatchObject({
		code: 'PT422',
		message: 'invalid_input'
	});
});

describe('the list of a team', () => {
	it('says who is there and how much is in whose hands, and hands it over', async () => {
		const [leaving, heir, elsewhere] = await Promise.all([
			tenant.addMember('operator'),
			tenant.addMember('operator'),
			tenant.addMember('operator', false)
		]);
		const conversation = await assignTo(leaving);
		const team = (
			await admin.client.rpc('list_team', { organization_id: tenant.organization }).throwOnError()
		).data as unknown as TeamMember[];
		expect(team.find(({ user_id }) => user_id === leaving.id)).toMatchObject({
			...{ email: leaving.email, role: 'operator', presence: 'offline' },
			...{ site_ids: [tenant.site.id], open_conversations: 1, deactivated_at: null }
		});
		const handOver = async (to: Person) =>
			(
				await admin.client
					.rpc('hand_over_conversations', { ...member(leaving), to_user_id: to.id })
					.throwOnError()
			).data;
		// Who does not work on the site gets nothing; a repeat after a lost answer moves nothing more.
		expect(await handOver(elsewhere)).toBe(0);
		expect(await assigneeOf(conversation)).toBe(leaving.id);
		expect([await handOver(heir), await handOver(heir)]).toEqual([1, 0]);
		expect(await assigneeOf(conversation)).toBe(heir.id);
		// In one go with the access: back to who had it when the heir is taken out, and on when that one is removed.
		await admin.client
			.rpc('set_member_active', { ...member(heir), active: false, heir_id: leaving.id })
			.throwOnError();
		expect(await assigneeOf(conversation)).toBe(leaving.id);
		await admin.client.rpc('set_member_active', { ...member(heir), active: true }).throwOnError();
		await admin.client
			.rpc('remove_member', { ...member(leaving), heir_id: heir.id })
			.throwOnError();
		expect(await assigneeOf(conversation)).toBe(heir.id);
	});
});

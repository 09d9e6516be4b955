import type { InvitationPreview, InvitationWithToken } from '@chatiq/contracts/team';
import { uuidv7 } from '@chatiq/contracts/ids';
import { createHash } from 'node:crypto';
import type postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { connect, connectService, connectSql } from '../support/backend.ts';
import { createPerson, createTenant, type Person, type Tenant } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let admin: Person;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Inviting');
	await tenant.addMember('owner');
	admin = await tenant.addMember('admin');
});
afterAll(() => sql.end());

interface Wish {
	id?: string;
	role?: 'owner' | 'admin' | 'operator';
	sites?: string[];
	by?: Person;
}

const ask = (email: string, { id = uuidv7(), role = 'operator', sites = [], by = admin }: Wish) =>
	by.client.rpc('invite_member', {
		invitation_id: id,
		organization_id: tenant.organization,
		email,
		role,
		site_ids: sites
	});

async function invite(email: string, wish: Wish = {}): Promise<InvitationWithToken> {
	const { data } = await ask(email, wish).throwOnError();
	return data as unknown as InvitationWithToken;
}

const accept = (person: Person, token: string | null) =>
	person.client.rpc('accept_invitation', { token: token ?? '' });

const jobsOf = (id: string) =>
	sql`select payload from private.jobs where kind = 'send_invitation' and payload ->> 'invitation_id' = ${id}`;

it('brings the invited person in, with role and sites; a repeat is harmless', async () => {
	const guest = await createPerson(backend);
	const id = uuidv7();
	const wish = { id, sites: [tenant.site.id] };
	const [first, second] = await Promise.all([
		invite(guest.email.toUpperCase(), wish),
		invite(guest.email, wish)
	]);
	expect(first.id).toBe(second.id);
	expect(await jobsOf(id)).toEqual([{ payload: { invitation_id: id } }]);
	const preview = await connect(backend).rpc('read_invitation', { token: first.token ?? '' });
	expect(preview.data as unknown as InvitationPreview).toMatchObject({
		organization_name: 'Inviting',
		email: guest.email,
		state: 'waiting',
		invited_by_name: admin.name
	});
	for (const token of [first.token, second.token]) {
		expect((await accept(guest, token)).data).toMatchObject({
			role: 'operator',
			user_id: guest.id
		});
	}
	const sites = await guest.client.from('sites').select('id');
	expect(sites.data).toEqual([{ id: tenant.site.id }]);
});

it('stores no token as it is', async () => {
	const { id, token } = await invite('hashed@people.test');
	const [row] = await sql<{ token_hash: Buffer }[]>`
		select token_hash from private.invitation_tokens where invitation_id = ${id}`;
	expect(row?.token_hash).toEqual(createHash('sha256').update(String(token)).digest());
});

it('lets nobody in but the invited address, confirmed', async () => {
	const [guest, other] = await Promise.all([createPerson(backend), createPerson(backend)]);
	const { token } = await invite(guest.email);
	expect((await accept(other, token)).error?.message).toBe('invitation_other_email');
	await sql`update auth.users set email_confirmed_at = null where id = ${guest.id}`;
	expect((await accept(guest, token)).error?.message).toBe('invitation_other_email');
	expect((await accept(other, 'inv_guessed')).error?.message).toBe('invitation_not_found');
	const [members] =
		await sql`select from public.memberships where user_id in (${guest.id}, ${other.id})`;
	expect(members).toBeUndefined();
});

it('works once, and not again for somebody who was removed since', async () => {
	const guest = await createPerson(backend);
	const { token } = await invite(guest.email);
	await accept(guest, token).throwOnError();
	await admin.client
		.rpc('remove_member', { organization_id: tenant.organization, user_id: guest.id })
		.throwOnError();
	expect((await accept(guest, token)).error?.message).toBe('invitation_used');
});

it('ends when revoked or expired, and lives again when sent again', async () => {
	const guest = await createPerson(backend);
	const first = await invite(guest.email);
	await sql`update public.invitations set expires_at = now() - interval '1 second' where id = ${first.id}`;
	expect((await accept(guest, first.token)).error).toMatchObject({
		code: 'PT410',
		message: 'invitation_expired'
	});
	const again = await admin.client
		.rpc('resend_invitation', { invitation_id: first.id })
		.throwOnError();
	const { token } = again.data as unknown as InvitationWithToken;
	expect((await jobsOf(first.id)).length).toBe(2);
	expect((await accept(guest, first.token)).error?.message).toBe('invitation_not_found');
	const revoke = () => admin.client.rpc('revoke_invitation', { invitation_id: first.id });
	await revoke().throwOnError();
	expect((await revoke()).error).toBeNull();
	expect((await accept(guest, token)).error?.message).toBe('invitation_revoked');
	const fresh = await invite(guest.email);
	expect((await accept(guest, fresh.token)).error).toBeNull();
});

it('refuses what an admin may not ask for', async () => {
	const [other, operator] = await Promise.all([
		createTenant(backend, sql, 'Other'),
		tenant.addMember('operator')
	]);
	const refusal = async (...args: Parameters<typeof ask>) => (await ask(...args)).error?.message;
	expect(await refusal('boss@people.test', { role: 'owner' })).toBe('forbidden');
	expect(await refusal('x@people.test', { by: operator })).toBe('forbidden');
	expect(await refusal('x@people.test', { by: await other.addMember('owner') })).toBe(
		'organization_not_found'
	);
	expect(await refusal('x@people.test', { sites: [other.site.id] })).toBe('site_not_found');
	expect(await refusal('no address', {})).toBe('invalid_input');
	expect(await refusal(operator.email, {})).toBe('already_member');
	const { id } = await invite('twice@people.test');
	expect(await refusal('twice@people.test', {})).toBe('already_invited');
	expect(await refusal('another@people.test', { id })).toBe('id_conflict');
	expect((await operator.client.from('invitations').select('id')).data).toEqual([]);
});

it('brings a deactivated member back with the new role, and never changes an active one', async () => {
	const member = await tenant.addMember('operator');
	const { organization } = tenant;
	await admin.client
		.rpc('set_member_active', { organization_id: organization, user_id: member.id, active: false })
		.throwOnError();
	const { token } = await invite(member.email, { role: 'admin' });
	expect((await accept(member, token)).data).toMatchObject({ role: 'admin', deactivated_at: null });
});

it('gives the job that writes the e-mail a token of its own, while there is something to send', async () => {
	const guest = await createPerson(backend);
	const { id, token } = await invite(guest.email);
	const service = connectService(backend);
	const mailed = await service.rpc('issue_invitation_token', { invitation_id: id }).throwOnError();
	expect(mailed.data).not.toBe(token);
	expect((await accept(guest, mailed.data)).error).toBeNull();
	const late = await service.rpc('issue_invitation_token', { invitation_id: id }).throwOnError();
	expect(late.data).toBeNull();
});

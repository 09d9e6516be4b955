import type { PostgrestClient } from '@supabase/postgrest-js';
import type { Database, Enums, Tables } from '@chatiq/contracts/database';
import type { TeamMember } from '@chatiq/contracts/team';
import { failureOf } from '#lib/inbox/failure.ts';

export type Role = Enums<'member_role'>;
export type Invitation = Tables<'invitations'>;

export interface NewInvitation {
	id: string;
	email: string;
	role: Role;
	site_ids: string[];
}

export interface TeamApi {
	members(organization: string): Promise<TeamMember[]>;
	/** Those that nobody accepted and nobody withdrew, newest first. */
	invitations(organization: string): Promise<Invitation[]>;
	invite(organization: string, invitation: NewInvitation): Promise<void>;
	resend(invitation: string): Promise<void>;
	revoke(invitation: string): Promise<void>;
	setRole(organization: string, user: string, role: Role): Promise<void>;
	setCapacity(organization: string, user: string, capacity: number | null): Promise<void>;
	setSites(organization: string, user: string, sites: string[]): Promise<void>;
	activate(organization: string, user: string): Promise<void>;
	/** Both give open conversations to the heir, in the same transaction. */
	deactivate(organization: string, user: string, heir: string | null): Promise<void>;
	remove(organization: string, user: string, heir: string | null): Promise<void>;
	transfer(organization: string, user: string): Promise<void>;
	secondFactorRequired(organization: string): Promise<boolean>;
	requireSecondFactor(organization: string, required: boolean): Promise<void>;
}

interface Answer {
	data: unknown;
	error: { message: string; details: string | null } | null;
	status: number;
}

export function supabaseTeam(rest: () => PostgrestClient<Database>): TeamApi {
	async function ask<T = void>(request: PromiseLike<Answer>): Promise<T> {
		const { data, error, status } = await request;
		if (error) throw failureOf({ status, error });
		return data as T;
	}
	return {
		members: (organization_id) => ask(rest().rpc('list_team', { organization_id })),
		invitations: (organization) =>
			ask(
				rest()
					.from('invitations')
					.select()
					.eq('organization_id', organization)
					.is('accepted_at', null)
					.is('revoked_at', null)
					.order('created_at', { ascending: false })
			),
		invite: (organization_id, { id: invitation_id, ...invitation }) =>
			ask(rest().rpc('invite_member', { organization_id, invitation_id, ...invitation })),
		resend: (invitation_id) => ask(rest().rpc('resend_invitation', { invitation_id })),
		revoke: (invitation_id) => ask(rest().rpc('revoke_invitation', { invitation_id })),
		setRole: (organization_id, user_id, role) =>
			ask(rest().rpc('set_member_role', { organization_id, user_id, role })),
		setCapacity: (organization_id, user_id, capacity) =>
			// The generated type does not know that null means "no limit".
			ask(
				rest().rpc('set_member_capacity', {
					...{ organization_id, user_id },
					capacity: capacity as number
				})
			),
		setSites: (organization_id, user_id, site_ids) =>
			ask(rest().rpc('set_member_sites', { organization_id, user_id, site_ids })),
		activate: (organization_id, user_id) =>
			ask(rest().rpc('set_member_active', { organization_id, user_id, active: true })),
		deactivate: (organization_id, user_id, heir) =>
			ask(
				rest().rpc('set_member_active', {
					...{ organization_id, user_id, active: false },
					...(heir !== null && { heir_id: heir })
				})
			),
		remove: (organization_id, user_id, heir) =>
			ask(
				rest().rpc('remove_member', {
					...{ organization_id, user_id },
					...(heir !== null && { heir_id: heir })
				})
			),
		transfer: (organization_id, user_id) =>
			ask(rest().rpc('transfer_ownership', { organization_id, user_id })),
		secondFactorRequired: async (organization) => {
			const { requires_second_factor } = await ask<{ requires_second_factor: boolean }>(
				rest()
					.from('organizations')
					.select('requires_second_factor')
					.eq('id', organization)
					.single()
			);
			return requires_second_factor;
		},
		requireSecondFactor: (organization_id, required) =>
			ask(rest().rpc('require_second_factor', { organization_id, required }))
	};
}

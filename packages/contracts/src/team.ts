import type { Tables } from './database.gen.ts';

/** Answer of `invite_member` and `resend_invitation`: `token` belongs into the link, null when nobody can use it. */
export type InvitationWithToken = Tables<'invitations'> & { token: string | null };

/** Answer of `read_invitation`. */
export interface InvitationPreview {
	organization_id: string;
	organization_name: string;
	invited_by_name: string | null;
	email: string;
	role: Tables<'memberships'>['role'];
	expires_at: string;
	state: 'waiting' | 'accepted' | 'revoked' | 'expired';
}

/** What a key of the REST API may do. */
export const apiScopes = [
	'conversations:read',
	'conversations:write',
	'messages:read',
	'messages:write',
	'visitors:read',
	'visitors:write'
] as const;
export type ApiScope = (typeof apiScopes)[number];

/** Answer of `create_api_key`: the only time that the secret is shown. */
export type ApiKeyWithSecret = Tables<'api_keys'> & { secret: string };

/** Answer of `read_identity_secret`, `read_webhook_secret` and of their rotations. */
export interface RotatedSecret {
	secret: string;
	/** Goes into the call that rotates: a repeat of it with the same version changes nothing. */
	version: number;
	/** Until when the secret before is accepted too. */
	previous_valid_until: string | null;
}

/** A row of `list_team`. */
export interface TeamMember {
	user_id: string;
	name: string;
	avatar_url: string | null;
	email: string;
	role: Tables<'memberships'>['role'];
	/** Most open conversations assigned automatically at once; null is no limit. */
	capacity: number | null;
	deactivated_at: string | null;
	joined_at: string;
	presence: 'online' | 'busy' | 'away' | 'offline';
	/** Whether signing in takes more than a password. */
	second_factor: boolean;
	/** Of an operator; owners and admins work on all sites. */
	site_ids: string[];
	open_conversations: number;
}

/** A row of `list_my_organizations`. */
export interface MyOrganization {
	id: string;
	name: string;
	role: Tables<'memberships'>['role'];
	requires_second_factor: boolean;
	/** Nothing of it can be seen until the caller has set a second factor up. */
	factor_missing: boolean;
}

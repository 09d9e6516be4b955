import { m } from '@chatiq/i18n/console';
import { errorText } from '#lib/i18n/error-text.ts';
import type { FailureCode } from '#lib/inbox/failure.ts';
import type { Role } from './supabase-team.ts';

export const roles = ['owner', 'admin', 'operator'] as const satisfies readonly Role[];

export const roleText: Record<Role, () => string> = {
	owner: m.team_role_owner,
	admin: m.team_role_admin,
	operator: m.team_role_operator
};

export const roleHint: Record<Role, () => string> = {
	owner: m.team_role_owner_hint,
	admin: m.team_role_admin_hint,
	operator: m.team_role_operator_hint
};

/** Why a change of the team was refused, in words that fit there. */
export function refusalText(code: FailureCode): string {
	if (code === 'forbidden') return m.team_refused_forbidden();
	if (code === 'member_not_found') return m.team_refused_gone();
	if (code === 'invalid_input') return m.team_refused_invalid();
	if (code === 'rate_limited') return m.team_refused_too_many();
	return errorText(code);
}

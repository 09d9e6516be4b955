import { AppError } from '@chatiq/contracts/errors';
import {
	healthParts,
	type Health,
	type OrganizationFacts,
	type OrganizationHealth
} from '@chatiq/contracts/health';
import { callerClient, refusal } from '../_shared/database.ts';

/** For admins of the organisation, as SQL decides: whether the parts answer, and the organisation's own numbers. */
export async function healthForAdmin(
	organization_id: string,
	token: string | undefined,
	health: () => Promise<Required<Health>>
): Promise<OrganizationHealth> {
	if (token === undefined) throw new AppError('session_required');
	const { data, error } = await callerClient(token).rpc('read_organization_health', {
		organization_id
	});
	if (error?.code === 'PGRST301' || error?.code === 'PGRST303') {
		throw new AppError('session_required');
	}
	if (error) throw refusal(error);
	const { status, parts } = await health();
	const answers = healthParts.map((part) => {
		const { ok, latency_ms } = parts[part];
		return [part, { ok, latency_ms }] as const;
	});
	return {
		status,
		parts: Object.fromEntries(answers) as OrganizationHealth['parts'],
		facts: data as unknown as OrganizationFacts
	};
}

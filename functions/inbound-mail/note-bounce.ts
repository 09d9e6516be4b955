import { refusal, type ServiceClient } from '../_shared/database.ts';
import { withoutPersonalData } from '../_shared/log.ts';
import type { Bounce } from './inbound.ts';

/** From now on nothing is sent there, until somebody lifts it. */
export async function noteBounce(bounce: Bounce, client: ServiceClient): Promise<string> {
	const { data, error } = await client.rpc('note_bounce', {
		email: bounce.email,
		kind: bounce.reason,
		reason: withoutPersonalData(bounce.detail),
		...(bounce.key === null ? {} : { job_id: bounce.key })
	});
	if (error) throw refusal(error);
	return data > 0 ? bounce.reason : 'unknown';
}

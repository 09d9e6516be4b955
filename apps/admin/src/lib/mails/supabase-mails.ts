import type { PostgrestClient } from '@supabase/postgrest-js';
import type { Database } from '@chatiq/contracts/database';
import type { MailBounce } from '@chatiq/contracts/mails';
import { failureOf } from '#lib/inbox/failure.ts';
import type { MailApi } from './bounces.svelte.ts';

/** docs/api.md says what these functions answer; the generated types only know that it is JSON. */
export function supabaseMails(rest: () => PostgrestClient<Database>): MailApi {
	return {
		async bounces(organization_id) {
			const { data, error, status } = await rest().rpc('list_bounces', { organization_id });
			if (error) throw failureOf({ status, error });
			return data as unknown as MailBounce[];
		},
		async lift(organization_id, email) {
			const asked = { organization_id, email };
			const { error, status } = await rest().rpc('lift_bounce', asked);
			if (error) throw failureOf({ status, error });
		}
	};
}

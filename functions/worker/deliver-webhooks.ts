import type { ClaimedDelivery } from '@chatiq/contracts/webhooks';
import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { JobPaused } from './job-failure.ts';
import { kind } from './kind.ts';
import type { AttemptOptions } from './webhooks/attempt.ts';

/** Delivers what is due for a webhook, one after the other; SQL keeps the order, the retries and how many do this at once. */
export const deliverWebhooksKind = (options: AttemptOptions) =>
	kind(z.object({ webhook_id: z.uuid() }), async ({ webhook_id }, { client, jobId, signal }) => {
		// Node's http and the ranges of addresses are a third of what a cold worker would load; most jobs need neither.
		const { attempt } = await import('./webhooks/attempt.ts');
		for (;;) {
			const { data, error } = await client.rpc('claim_webhook_delivery', {
				webhook_id,
				runner: jobId
			});
			if (error) throw refusal(error);
			if (!data) return;
			const delivery = data as unknown as ClaimedDelivery;
			const outcome = await attempt(delivery, options);
			// A call of its own, before the next claim: an event that found all runners busy is seen by that claim.
			const recorded = await client.rpc('record_webhook_delivery', {
				delivery_id: delivery.id,
				runner: jobId,
				outcome
			});
			if (recorded.error) throw refusal(recorded.error);
			if (signal.aborted) throw new JobPaused();
		}
	});

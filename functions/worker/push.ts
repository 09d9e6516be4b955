import { buildPushPayload } from '@block65/webcrypto-web-push';
import type { PushMessage } from '@chatiq/contracts/notifications';
import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { JobFailure } from './job-failure.ts';
import { kind } from './kind.ts';
import { pushText } from './push-text.ts';

const timeoutMs = 15_000;
/** A push that comes later than this is no help. */
const ttlSeconds = 3600;

/** Wakes one browser of an operator by web push (RFC 8030, 8291, 8292), unless they have heard of it elsewhere. */
export const pushKind = kind(
	z.object({
		subscription_id: z.uuid(),
		notification_id: z.exactOptional(z.uuid()),
		round: z.exactOptional(z.int())
	}),
	async (payload, { client, signal }) => {
		const { data, error } = await client.rpc('push_message', payload);
		if (error) throw refusal(error);
		if (!data) return;
		const response = await post(data as unknown as PushMessage, signal);
		await response.body?.cancel();
		const { outcome, failure } = verdict(response);
		const detail = `HTTP ${String(response.status)}`;
		const { error: unnoted } = await client.rpc('pushed', { ...payload, outcome, detail });
		if (unnoted) throw refusal(unnoted);
		if (failure) throw failure;
	}
);

async function post(message: PushMessage, signal: AbortSignal): Promise<Response> {
	const { endpoint, p256dh, auth, vapid_keys, console_url, notification } = message;
	if (!vapid_keys)
		throw new JobFailure('The project has no VAPID keys: start or deploy it again.', {
			final: true
		});
	const request = await buildPushPayload(
		{
			data: JSON.stringify(pushText(message)),
			options: {
				ttl: ttlSeconds,
				urgency: 'high',
				...(notification ? { topic: notification.id.replaceAll('-', '') } : {})
			}
		},
		// Push services are all https; http is let in by the project's own setting alone, as for tests.
		{
			endpoint: endpoint.replace(/^http:/, 'https:'),
			expirationTime: null,
			keys: { p256dh, auth }
		},
		{
			subject: console_url?.startsWith('https:') ? console_url : 'mailto:chat@localhost',
			publicKey: vapid_keys.public,
			privateKey: vapid_keys.private
		}
	);
	return fetch(endpoint, {
		method: 'POST',
		headers: new Headers(request.headers),
		body: request.body,
		// The address was checked, and where it leads to was not.
		redirect: 'manual',
		signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
	});
}

function verdict({ ok, status, headers }: Response): {
	outcome: 'pushed' | 'gone' | 'failed';
	failure?: JobFailure;
} {
	if (ok) return { outcome: 'pushed' };
	if (status === 404 || status === 410) return { outcome: 'gone' };
	const retryAfter = Number(headers.get('retry-after')) || undefined;
	const final = status < 500 && status !== 429;
	return {
		outcome: 'failed',
		failure: new JobFailure(`The push service answers ${String(status)}.`, {
			final,
			...(retryAfter === undefined ? {} : { retryAfter })
		})
	};
}

import type { ClaimedDelivery, DeliveryOutcome } from '@chatiq/contracts/webhooks';
import { AddressRefused } from '../../_shared/public-address.ts';
import { postFollowing, RedirectRefused } from './follow.ts';
import { TooSlow, type Answer } from './post.ts';
import { signedHeaders } from './sign.ts';

export interface AttemptOptions {
	allowLoopback: boolean;
	timeoutMs?: number;
}

/** One try of a delivery. Whatever the other side does is an outcome, never an exception. */
export async function attempt(
	{ event_id, url, body, secrets }: ClaimedDelivery,
	options: AttemptOptions
): Promise<DeliveryOutcome> {
	const begin = performance.now();
	const timestamp = Math.floor(Date.now() / 1000);
	const headers = {
		'content-type': 'application/json',
		'user-agent': 'ChatIQ-Webhooks/1',
		...signedHeaders({ id: event_id, timestamp, body, secrets })
	};
	const latency = () => ({ latency_ms: Math.round(performance.now() - begin) });
	try {
		const answer = await postFollowing({ url, headers, body, ...options });
		return { ...latency(), ...outcomeOf(answer) };
	} catch (error) {
		return { ...latency(), error: reason(error) };
	}
}

function outcomeOf({ status, excerpt, retryAfter }: Answer): Omit<DeliveryOutcome, 'latency_ms'> {
	const seconds = retryAfter === undefined ? undefined : secondsOf(retryAfter, Date.now());
	const refused = status < 200 || status > 299;
	return {
		response_code: status,
		response_excerpt: excerpt,
		...(status >= 300 && status < 400
			? { error: 'The answer was a redirect, which is not followed.' }
			: refused
				? { error: `The answer was ${status}.` }
				: {}),
		...(refused && seconds !== undefined ? { retry_after: seconds } : {})
	};
}

/** `Retry-After` is a number of seconds or a date. */
export function secondsOf(header: string, now: number): number | undefined {
	if (/^\s*\d+\s*$/.test(header)) return Math.min(Number(header), 86_400);
	const date = Date.parse(header);
	return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

function reason(error: unknown): string {
	const known = [AddressRefused, RedirectRefused, TooSlow];
	if (known.some((kind) => error instanceof kind)) return (error as Error).message;
	const { code, message } = error as { code?: unknown; message?: unknown };
	return `No connection: ${typeof code === 'string' ? code : String(message ?? error)}`.slice(
		0,
		500
	);
}

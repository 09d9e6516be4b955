import { withoutPersonalData } from '../../_shared/log.ts';
import { AddressRefused, JobFailure } from '../job-failure.ts';
import type { Env, Letter, Transport } from './transport.ts';

const usualTimeoutMs = 15_000;

/** Sends by the HTTP API of Resend; the same key within 24 hours is the same mail, so a repeat is harmless. */
export function resendTransport(env: Env, timeoutMs = usualTimeoutMs): Transport {
	const url = `${env('RESEND_URL') ?? 'https://api.resend.com'}/emails`;
	return async (letter) => {
		const key = env('RESEND_API_KEY');
		if (!key) throw new JobFailure('RESEND_API_KEY is not set.');
		const response = await fetch(url, {
			method: 'POST',
			headers: {
				authorization: `Bearer ${key}`,
				'content-type': 'application/json',
				'idempotency-key': letter.key,
				'user-agent': 'ChatIQ'
			},
			body: JSON.stringify(bodyOf(letter)),
			signal: AbortSignal.timeout(timeoutMs)
		}).catch((cause: unknown) => {
			throw new JobFailure('The mail provider did not answer.', { cause });
		});
		if (!response.ok) await judge(response);
		else await response.body?.cancel();
	};
}

function bodyOf({ from, fromName, to, replyTo, key, subject, text, html, headers }: Letter) {
	return {
		...{ subject, text, html, headers },
		from: `"${fromName.replace(/["\\]/g, '')}" <${from}>`,
		to: [to],
		...(replyTo ? { reply_to: [replyTo] } : {}),
		// Comes back when the mail bounces.
		tags: [{ name: 'key', value: key }]
	};
}

/** What the provider says of the mail itself is final; a wrong key or plan is not this mail's fault. */
async function judge(response: Response): Promise<void> {
	const { status, headers } = response;
	const { name, message } = await problemOf(response);
	const told = `Mail provider: ${status} ${withoutPersonalData(`${name} ${message}`)}`.trim();
	// The same key with other words: an earlier try, whose answer was lost, has sent the mail.
	if (status === 409 && name === 'invalid_idempotent_request') return;
	if (status !== 400 && status !== 422) {
		const retryAfter = secondsOf(headers.get('retry-after'));
		throw new JobFailure(told, retryAfter === undefined ? {} : { retryAfter });
	}
	if (/invalid `to` field/i.test(message)) throw new AddressRefused(told);
	throw new JobFailure(told, { final: true });
}

async function problemOf(response: Response): Promise<{ name: string; message: string }> {
	const text = (await response.text().catch(() => '')).slice(0, 2000);
	try {
		const { name, message } = JSON.parse(text) as { name?: unknown; message?: unknown };
		return { name: textOf(name), message: textOf(message) };
	} catch {
		return { name: '', message: '' };
	}
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** Seconds, or a date. */
function secondsOf(value: string | null): number | undefined {
	if (!value) return undefined;
	const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
	return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

import type { ErrorBody } from '@chatiq/contracts/errors';
import type { Boot, SessionRequest } from '@chatiq/contracts/session';
import type { PublicSite } from '@chatiq/contracts/site';
import { keyValue } from '../core/key-value.ts';
import { exclusively } from '../core/lock.ts';
import { refreshTokenKey } from '../core/refresh-token-key.ts';
import type { WidgetConfig } from '../panel-api.ts';

export interface Booted {
	site: PublicSite;
	/** Null for a passer-by. */
	boot: Boot | null;
}

/** The server said no: a second try would not change it. */
export class Refused extends Error {
	readonly code: string;

	constructor(code: string) {
		super(code);
		this.code = code;
	}
}

/** All that the bubble needs, in one request that no browser preflights. */
export async function fetchBoot({ apiUrl, siteKey }: WidgetConfig): Promise<Booted> {
	const key = refreshTokenKey(siteKey);
	const storage = keyValue(() => localStorage);
	if (storage.get(key) === null) {
		const address = `${apiUrl}/storage/v1/object/public/site-files/${siteKey}.json`;
		const response = await fetch(address, { credentials: 'omit' });
		if (response.status === 400 || response.status === 404) throw new Refused('site_not_found');
		return { site: await answer(response), boot: null };
	}
	// Under the lock of all session renewals: two tabs must not use up the same refresh token.
	return exclusively(`${key}:session`, async () => {
		const request: SessionRequest = { site_key: siteKey, refresh_token: storage.get(key) ?? '' };
		const boot = await postBoot(apiUrl, request);
		storage.set(key, boot.session?.refresh_token ?? null);
		return { site: boot.site, boot };
	});
}

async function postBoot(apiUrl: string, request: SessionRequest): Promise<Boot> {
	const response = await fetch(`${apiUrl}/functions/v1/boot`, {
		method: 'POST',
		// A plain string goes out as text/plain.
		body: JSON.stringify(request),
		credentials: 'omit',
		signal: AbortSignal.timeout(15_000)
	});
	if ([401, 403, 404, 422].includes(response.status)) {
		throw new Refused(((await response.json()) as ErrorBody).error.code);
	}
	return answer(response);
}

async function answer<T>(response: Response): Promise<T> {
	if (!response.ok) throw new Error(`HTTP ${response.status}`);
	return (await response.json()) as T;
}

import type { ErrorBody } from '@chatiq/contracts/errors';
import type { Boot } from '@chatiq/contracts/session';
import type { PublicSite } from '@chatiq/contracts/site';
import { refreshTokenKey, unsentKey } from '../core/storage-keys.ts';
import type { WidgetConfig } from '../panel-api.ts';

export interface Booted {
	site: PublicSite;
	/** Null for a passer-by. */
	boot: Boot | null;
}

/**
 * All that the bubble needs, in one request that no browser preflights. Where the server said no, and would
 * say so again, the error's cause is its code.
 */
export async function fetchBoot({ apiUrl, siteKey }: WidgetConfig): Promise<Booted> {
	const key = refreshTokenKey(siteKey);
	if (kept(key) === null) {
		const file = `${apiUrl}/storage/v1/object/public/site-files/${siteKey}.json`;
		return { site: await answer<PublicSite>(fetch(file)), boot: null };
	}
	const boot = async () => {
		// A plain string goes out as text/plain.
		const body = JSON.stringify({ site_key: siteKey, refresh_token: localStorage.getItem(key) });
		const boot = await answer<Boot>(fetch(`${apiUrl}/functions/v1/boot`, { method: 'POST', body }));
		if (boot.session) localStorage.setItem(key, boot.session.refresh_token);
		else localStorage.removeItem(key);
		return { site: boot.site, boot };
	};
	// The lock of all session renewals: two tabs must not use up the same refresh token.
	const { locks } = navigator as Partial<Navigator>;
	return locks ? locks.request(`${key}:session`, boot) : boot();
}

/** An earlier page has left texts that the server has not got. */
export const hasUnsent = (siteKey: string) => kept(unsentKey(siteKey)) !== null;

function kept(key: string): string | null {
	try {
		return localStorage.getItem(key);
	} catch {
		return null; // Blocked: then nobody can have left anything.
	}
}

async function answer<T>(request: Promise<Response>): Promise<T> {
	const response = await request;
	const body: unknown = await response.json();
	if (response.ok) return body as T;
	const again = response.status >= 500 || response.status === 429;
	// Storage has words of its own for a file that is not there.
	const code = (body as Partial<ErrorBody>).error?.code ?? 'site_not_found';
	throw new Error(code, again ? {} : { cause: code });
}

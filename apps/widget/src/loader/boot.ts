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
	const token = kept(key);
	if (token === null) {
		const file = `${apiUrl}/storage/v1/object/public/site-files/${siteKey}.json`;
		return { site: await answer<PublicSite>(await fetch(file)), boot: null };
	}
	// A plain string goes out as text/plain. Tabs that boot at one moment may use the same token: the server
	// takes it for a while.
	const body = JSON.stringify({ site_key: siteKey, refresh_token: token });
	const response = await fetch(`${apiUrl}/functions/v1/boot`, { method: 'POST', body });
	// What is kept is no token at all: the next page must not stumble over it again.
	if (response.status === 422) localStorage.removeItem(key);
	const boot = await answer<Boot>(response);
	if (boot.session) localStorage.setItem(key, boot.session.refresh_token);
	else localStorage.removeItem(key);
	return { site: boot.site, boot };
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

async function answer<T>(response: Response): Promise<T> {
	const body: unknown = await response.json();
	if (response.ok) return body as T;
	const again = response.status >= 500 || response.status === 429;
	// Storage has words of its own for a file that is not there.
	const code = (body as Partial<ErrorBody>).error?.code ?? 'site_not_found';
	throw new Error(code, again ? {} : { cause: code });
}

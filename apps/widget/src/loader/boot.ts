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

/** Why the server will never serve this page; only the customer's developer can repair it. */
export interface Refusal {
	refusal: string;
}

/** All that the bubble needs, in one request that no browser preflights. */
export async function fetchBoot({ apiUrl, siteKey }: WidgetConfig): Promise<Booted | Refusal> {
	const key = refreshTokenKey(siteKey);
	const token = kept(key);
	// The console's installation check opens the page so: the server then knows that the widget runs here.
	const asks = token || location.hash === '#chatiq-check';
	// A plain string goes out as text/plain. Tabs that boot at one moment may use the same token: the server
	// takes it for a while.
	const response = await (asks
		? fetch(`${apiUrl}/functions/v1/boot`, {
				method: 'POST',
				body: JSON.stringify({ site_key: siteKey, refresh_token: token })
			})
		: fetch(`${apiUrl}/storage/v1/object/public/site-files/${siteKey}.json`));
	const { ok, status } = response;
	const answer = (await response.json()) as PublicSite & Boot & Partial<ErrorBody>;
	// 422: what is kept is no token at all, and the next page must not stumble over it again.
	if (token && (ok || status === 422)) {
		if (answer.session) localStorage.setItem(key, answer.session.refresh_token);
		else localStorage.removeItem(key);
	}
	if (ok) return asks ? { site: answer.site, boot: answer } : { site: answer, boot: null };
	if (status > 499 || status === 429) throw new Error();
	// Storage has words of its own for a file that is not there.
	return { refusal: answer.error?.code ?? 'site_not_found' };
}

/** An earlier page has left texts that the server has not got. */
export const hasUnsent = ({ siteKey }: WidgetConfig) => kept(unsentKey(siteKey));

function kept(key: string): string | undefined {
	try {
		return localStorage.getItem(key) ?? undefined;
	} catch {
		// Blocked: then nobody can have left anything.
	}
}

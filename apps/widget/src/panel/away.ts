import type { PublicSite, SiteStatus } from '@chatiq/contracts/site';

/** The site's status while nobody answers, else null. A file from yesterday says when that ends. */
export function awayStatus({ status }: PublicSite, now = Date.now()): SiteStatus | null {
	if (!status || (status.open && status.online)) return null;
	const over = !status.open && status.reopens_at && Date.parse(status.reopens_at) <= now;
	return over ? null : status;
}

import type { PublicSite } from '@chatiq/contracts/site';
import type { WidgetConfig } from '../../panel-api.ts';

/** How long any cache may keep the file. */
const pauseMs = 60_000;

/**
 * Without a conversation there is no socket: while the panel is open, the site's public file tells whether somebody
 * is there. It comes from a cache, so that a thousand open panels are nobody's load. Returns the end of it.
 */
export function followSite(
	{ apiUrl, siteKey }: WidgetConfig,
	onsite: (site: PublicSite) => void
): () => void {
	const look = () => {
		if (document.visibilityState === 'hidden') return;
		fetch(`${apiUrl}/storage/v1/object/public/site-files/${siteKey}.json`, {
			// The browser's own copy may be as old as the last look.
			cache: 'no-cache'
		})
			.then(async (response) => {
				if (response.ok) onsite((await response.json()) as PublicSite);
			})
			.catch(() => {
				// What is shown stays until the next look.
			});
	};
	const timer = setInterval(look, pauseMs);
	// The console's preview changes settings more often than that.
	addEventListener('chatiq:look', look);
	return () => {
		clearInterval(timer);
		removeEventListener('chatiq:look', look);
	};
}

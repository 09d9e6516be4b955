import type { Browser, BrowserContextOptions, Page } from '@playwright/test';

/** A page as the server has drawn it, and what lets its scripts arrive. */
export async function openBeforeScripts(
	browser: Browser,
	options: BrowserContextOptions,
	url: string
): Promise<{ page: Page; arrive: () => void; close: () => Promise<void> }> {
	const context = await browser.newContext({
		locale: 'en-GB',
		...options,
		// A worker would bring the files past the route.
		serviceWorkers: 'block'
	});
	const page = await context.newPage();
	const { promise: arrival, resolve } = Promise.withResolvers<null>();
	await page.route('**/*.js', async (route) => {
		await arrival;
		await route.continue();
	});
	await page.goto(url, { waitUntil: 'commit' });
	return { page, arrive: () => resolve(null), close: () => context.close() };
}

import { brotliCompressSync } from 'node:zlib';
import type { Browser, Page } from '@playwright/test';

export interface Weight {
	/** KB of script, compressed as a proxy in front of the console would. */
	scriptKb: number;
	scripts: number;
}

/**
 * What a page asks for in a browser that has never been there, until nothing more comes; or, in one that never rests,
 * without what it fetches when it has nothing else to do.
 */
export async function weighPage(
	browser: Browser,
	open: (page: Page) => Promise<unknown>,
	{ rests = true } = {}
): Promise<Weight> {
	// The service worker fetches for later, not for this page.
	const context = await browser.newContext({ serviceWorkers: 'block', locale: 'en-GB' });
	const page = await context.newPage();
	if (!rests)
		await page.addInitScript(() => Object.assign(window, { requestIdleCallback: () => 0 }));
	const bodies: Promise<Buffer>[] = [];
	page.on('response', (response) => {
		if (response.request().resourceType() === 'script') bodies.push(response.body());
	});
	await open(page);
	await page.waitForLoadState('networkidle');
	const files = await Promise.all(bodies);
	await context.close();
	const bytes = files.reduce((sum, body) => sum + brotliCompressSync(body).length, 0);
	return { scriptKb: bytes / 1024, scripts: files.length };
}

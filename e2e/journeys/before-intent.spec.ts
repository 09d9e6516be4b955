import type { Page } from '@playwright/test';
import { expect, test } from '../support/journey.ts';

interface Watched {
	layoutShift: number;
	/** Times over 50 ms that scripts of the widget took in one go. */
	longTasks: number[];
}

declare global {
	interface Window {
		watched: Watched;
	}
}

/** Notes what the page suffers from; runs before anything else in it. */
function watch(): void {
	window.watched = { layoutShift: 0, longTasks: [] };
	new PerformanceObserver((list) => {
		for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) {
			window.watched.layoutShift += entry.value;
		}
	}).observe({ type: 'layout-shift', buffered: true });
	new PerformanceObserver((list) => {
		type Frame = PerformanceEntry & { scripts: { sourceURL: string; duration: number }[] };
		const own = (list.getEntries() as Frame[])
			.flatMap(({ scripts }) => scripts)
			.filter(({ sourceURL, duration }) => sourceURL.includes('/widget') && duration > 50);
		window.watched.longTasks.push(...own.map(({ duration }) => duration));
	}).observe({ type: 'long-animation-frame', buffered: true });
}

/** What a page view asks for, and which sockets it opens. */
function listen(page: Page) {
	const requests: string[] = [];
	const sockets: string[] = [];
	page.on('request', (request) => {
		if (!request.isNavigationRequest()) requests.push(`${request.method()} ${request.url()}`);
	});
	page.on('websocket', (socket) => sockets.push(socket.url()));
	return { requests, sockets };
}

test('a passer-by costs a script, a file and a preload, and leaves nothing', async ({
	backend,
	page,
	shop,
	tenant
}) => {
	const { requests, sockets } = listen(page);
	await page.addInitScript(watch);
	await page.goto(shop.page(tenant.site.site_key));
	await expect(page.getByRole('button', { name: 'Open chat' })).toBeVisible();
	await expect
		.poll(() => requests.some((request) => request.includes('/widget/panel-')))
		.toBe(true);
	await page.waitForLoadState('networkidle');
	const ours = requests.map((request) => request.replace(backend.url, ''));
	expect(ours.filter((request) => !request.includes('favicon'))).toEqual([
		'GET /widget.js',
		`GET /storage/v1/object/public/site-files/${tenant.site.site_key}.json`,
		expect.stringMatching(/^GET \/widget\/panel-en-.{8}\.js$/)
	]);
	expect(sockets).toEqual([]);
	expect(await page.context().cookies()).toEqual([]);
	const kept = await page.evaluate(async () => ({
		local: localStorage.length,
		session: sessionStorage.length,
		databases: (await indexedDB.databases()).length,
		caches: (await caches.keys()).length,
		globals: Object.keys(window).filter((name) => /chtq|chatiq/i.test(name))
	}));
	expect(kept).toEqual({ local: 0, session: 0, databases: 0, caches: 0, globals: ['chtq'] });
	expect(await page.evaluate(() => window.watched.layoutShift)).toBe(0);
});

test('no task of the widget is long before somebody wants to chat', async ({
	context,
	shop,
	tenant
}) => {
	// A busy machine can stretch any task: one page view without a long one shows that none has to be.
	await expect(async () => {
		const page = await context.newPage();
		await page.addInitScript(watch);
		await page.goto(shop.page(tenant.site.site_key));
		await expect(page.getByRole('button', { name: 'Open chat' })).toBeVisible();
		await page.waitForLoadState('networkidle');
		const { longTasks } = await page.evaluate(() => window.watched);
		await page.close();
		expect(longTasks).toEqual([]);
	}).toPass({ timeout: 30_000 });
});

test('where bytes are dear, nothing is preloaded, and the chat still opens', async ({
	page,
	shop,
	tenant
}) => {
	const { requests } = listen(page);
	await page.addInitScript(() => {
		const connection = { saveData: true, effectiveType: '4g' };
		Object.defineProperty(navigator, 'connection', { value: connection });
	});
	await page.goto(shop.page(tenant.site.site_key));
	await page.waitForLoadState('networkidle');
	expect(requests.filter((request) => request.includes('/widget/'))).toEqual([]);
	await page.getByRole('button', { name: 'Open chat' }).click();
	await expect(page.getByRole('dialog')).toBeVisible();
});

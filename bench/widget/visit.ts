import type { Browser, BrowserContext, CDPSession, Page } from '@playwright/test';
import { probe, type Notes } from './probe.ts';

/** Lighthouse's Slow 4G as devtools apply it: 1.6 Mbit/s and 150 ms, with their factors. */
const slow4g = {
	offline: false,
	latency: 562.5,
	downloadThroughput: (1.6 * 1024 * 1024 * 0.9) / 8,
	uploadThroughput: (750 * 1024 * 0.9) / 8
};

export interface VisitOptions {
	url: string;
	/** What the browser has kept from an earlier visit. */
	storage?: Record<string, string>;
	/** The visitor saves data: nothing is preloaded. */
	saveData?: boolean;
	throttle?: boolean;
}

export interface Seen {
	url: string;
	bytes: number;
}

/** One page view in a browser that has never been here. */
export class Visit {
	readonly page: Page;
	readonly requests: Seen[];
	readonly sockets: string[];
	readonly #context: BrowserContext;

	private constructor(context: BrowserContext, page: Page, requests: Seen[], sockets: string[]) {
		this.#context = context;
		this.page = page;
		this.requests = requests;
		this.sockets = sockets;
	}

	static async begin(browser: Browser, options: VisitOptions): Promise<Visit> {
		const context = await browser.newContext({
			viewport: { width: 1280, height: 800 },
			locale: 'en-GB'
		});
		const page = await context.newPage();
		await page.addInitScript(probe);
		if (options.saveData) {
			await page.addInitScript(() => {
				const connection = { saveData: true, effectiveType: '4g' };
				Object.defineProperty(navigator, 'connection', { value: connection });
			});
		}
		await page.addInitScript((kept) => {
			for (const [key, value] of Object.entries(kept)) localStorage.setItem(key, value);
		}, options.storage ?? {});
		const session = await context.newCDPSession(page);
		const visit = new Visit(context, page, listRequests(session), []);
		page.on('websocket', (socket) => visit.sockets.push(socket.url()));
		await session.send('Network.enable');
		if (options.throttle ?? true) {
			await session.send('Network.emulateNetworkConditions', slow4g);
			await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
		}
		await page.goto(options.url, { waitUntil: 'load', timeout: 120_000 });
		return visit;
	}

	notes(): Promise<Notes> {
		return this.page.evaluate(() => window.notes);
	}

	/** When the HTML had come. */
	htmlAt(): Promise<number> {
		return this.page.evaluate(() => {
			const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
			return entry?.responseEnd ?? NaN;
		});
	}

	/** Everything that the embed asked for, in order. */
	embedRequests(): Seen[] {
		return this.requests.slice(1).filter(({ url }) => !url.startsWith('data:'));
	}

	/** What the page view has left in the browser. */
	async kept(): Promise<{ cookies: number; storageWrites: number }> {
		const cookies = await this.#context.cookies();
		const storageWrites = await this.page.evaluate(
			async () =>
				localStorage.length +
				sessionStorage.length +
				(await indexedDB.databases()).length +
				(await caches.keys()).length
		);
		return { cookies: cookies.length, storageWrites };
	}

	/** Nothing has moved on the line for a while: the page has come to rest. */
	async rest(): Promise<void> {
		await this.page.waitForLoadState('networkidle', { timeout: 120_000 });
	}

	close(): Promise<void> {
		return this.#context.close();
	}
}

function listRequests(session: CDPSession): Seen[] {
	const requests: Seen[] = [];
	const byId = new Map<string, Seen>();
	session.on('Network.requestWillBeSent', ({ requestId, request }) => {
		const seen = { url: request.url, bytes: 0 };
		byId.set(requestId, seen);
		requests.push(seen);
	});
	session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
		const seen = byId.get(requestId);
		if (seen) seen.bytes = encodedDataLength;
	});
	return requests;
}

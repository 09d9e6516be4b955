import type { CDPSession, Page } from '@playwright/test';

export interface Reactions {
	/** Milliseconds of the slowest event of each interaction, as Interaction to Next Paint counts it. */
	switches: number[];
	keys: number[];
	/** Script, style and layout that one more message takes on the main thread. */
	appends: number[];
	domNodes: number;
}

interface Watched {
	interactions: number[];
}

const slowdown = 4;

/** Begins to note how long interactions take; before the page's own scripts. */
export async function watch(page: Page): Promise<void> {
	await page.addInitScript(() => {
		const watched: Watched = { interactions: [] };
		Object.assign(window, { watched });
		const byId = new Map<number, number>();
		new PerformanceObserver((list) => {
			for (const entry of list.getEntries() as PerformanceEventTiming[]) {
				const id = (entry as { interactionId?: number }).interactionId;
				if (!id) continue;
				byId.set(id, Math.max(byId.get(id) ?? 0, entry.duration));
				watched.interactions = [...byId.values()];
			}
		}).observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit);
	});
}

export async function slowDown(page: Page): Promise<CDPSession> {
	const session = await page.context().newCDPSession(page);
	await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
	await session.send('Performance.enable');
	return session;
}

/** The interactions that `act` makes; those under 16 ms are not reported by the browser and count as 16. */
export async function interactions(page: Page, act: () => Promise<void>): Promise<number[]> {
	const count = () =>
		page.evaluate(() => (window as unknown as { watched: Watched }).watched.interactions.length);
	const before = await count();
	await act();
	// Entries come with the frame after next.
	await page.evaluate(
		() =>
			new Promise((done) => {
				requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100)));
			})
	);
	const all = await page.evaluate(
		() => (window as unknown as { watched: Watched }).watched.interactions
	);
	const fresh = all.slice(before);
	return fresh.length > 0 ? fresh : [16];
}

/** Milliseconds that the main thread worked while `act` ran. */
export async function mainThreadMs(session: CDPSession, act: () => Promise<void>): Promise<number> {
	const worked = async () => {
		const { metrics } = await session.send('Performance.getMetrics');
		return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
	};
	const before = await worked();
	await act();
	return (await worked()) - before;
}

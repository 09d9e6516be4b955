import type { CDPSession, Page } from '@playwright/test';
import type { FrameWork } from './frame-work.ts';

export interface Reactions {
	/** Milliseconds of the slowest event of each interaction, as Interaction to Next Paint counts it. */
	switches: number[];
	/** Milliseconds from each key to the end of the frame that shows it: of short keys Event Timing tells nothing. */
	keys: number[];
	/** Processor time of the main thread for a key, from the key to the next pause. */
	keyWork: number;
	/** The same in a page with nothing but a field. */
	bareKeyWork: number;
	/** From the arrival of one more message to the frame that shows it. */
	appends: number[];
	/** The same in a page with nothing but a list and a field. */
	bareAppends: number[];
	/** What the main thread did for it until then, counted in rounds of their own: a trace costs too. */
	appendFrames: readonly FrameWork[];
	/** Processor time of the main thread for one more message, with all that follows from it within a second. */
	appendWork: number[];
	/** Processor time of the main thread for each frame while a list is scrolled. */
	scrolls: { list: number; messages: number };
	domNodes: number;
}

interface Watched {
	interactions: number[];
	keys: number[];
}

const slowdown = 4;

/** Begins to note how long interactions take; before the page's own scripts. */
export async function watch(page: Page): Promise<void> {
	await page.addInitScript(() => {
		const watched: Watched = { interactions: [], keys: [] };
		Object.assign(window, { watched });
		const noteKey = ({ timeStamp }: KeyboardEvent) =>
			requestAnimationFrame(() => {
				const { port1, port2 } = new MessageChannel();
				port1.onmessage = () => watched.keys.push(performance.now() - timeStamp);
				port2.postMessage(null);
			});
		addEventListener('keydown', noteKey, { capture: true });
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

/** Processor time, not the clock: others work on the machine too. */
export async function slowDown(page: Page): Promise<CDPSession> {
	const session = await page.context().newCDPSession(page);
	await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
	await session.send('Performance.enable', { timeDomain: 'threadTicks' });
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

/** From each key that `act` presses to its frame. */
export async function keyFrames(page: Page, act: () => Promise<void>): Promise<number[]> {
	const known = () => page.evaluate(() => (window as unknown as { watched: Watched }).watched.keys);
	const before = (await known()).length;
	await act();
	return (await known()).slice(before);
}

/** Milliseconds of processor time that the main thread worked while `act` ran. */
export async function mainThreadMs(session: CDPSession, act: () => Promise<void>): Promise<number> {
	const worked = async () => {
		const { metrics } = await session.send('Performance.getMetrics');
		return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
	};
	const before = await worked();
	await act();
	return (await worked()) - before;
}

/**
 * Notes when a socket brings something and when a frame shows a text in the log, and marks both for a trace. Waiting for
 * it from outside would have the page search its document with every frame, which at a quarter of the CPU costs more
 * than what is measured.
 */
export async function watchArrivals(page: Page): Promise<void> {
	await page.addInitScript(() => {
		let broughtAt = 0;
		const arrive = () => {
			broughtAt = performance.now();
			performance.mark('arrived');
		};
		window.WebSocket = class extends WebSocket {
			constructor(...args: ConstructorParameters<typeof WebSocket>) {
				super(...args);
				this.addEventListener('message', arrive);
			}
		};
		/** Milliseconds from the event to the frame. */
		const arrivalOf = (text: string) =>
			new Promise<number>((done) => {
				const shows = ({ addedNodes }: MutationRecord) =>
					[...addedNodes].some((node) => node.textContent?.includes(text));
				const changes = new MutationObserver((records) => {
					if (!records.some(shows)) return;
					changes.disconnect();
					const from = broughtAt;
					requestAnimationFrame(() => {
						const { port1, port2 } = new MessageChannel();
						port1.onmessage = () => {
							performance.mark('drawn');
							done(performance.now() - from);
						};
						port2.postMessage(null);
					});
				});
				changes.observe(document.querySelector('[role=log]') ?? document, {
					childList: true,
					subtree: true
				});
			});
		Object.assign(window, { arrivalOf, arrive });
	});
}

export function arrival(page: Page, text: string): Promise<number> {
	return page.evaluate(
		(wanted) =>
			(window as unknown as { arrivalOf: (text: string) => Promise<number> }).arrivalOf(wanted),
		text
	);
}

const frames = 90;

/** Processor time for each frame while something is scrolled by `step` pixels a frame, back and forth. */
export async function scrollWork(
	page: Page,
	session: CDPSession,
	selector: string,
	step: number
): Promise<number> {
	let drawn = 0;
	const work = await mainThreadMs(session, async () => {
		drawn = await page.evaluate(
			([where, by, count]) =>
				new Promise<number>((done) => {
					const element = document.querySelector(where);
					let frame = 0;
					const next = () => {
						element?.scrollBy(0, frame < count / 2 ? by : -by);
						if (++frame < count) requestAnimationFrame(next);
						else done(frame);
					};
					requestAnimationFrame(next);
				}),
			[selector, step, frames] as const
		);
	});
	return work / drawn;
}

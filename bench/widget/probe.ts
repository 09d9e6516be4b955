/** What the page notes about itself while a scenario runs. */
export interface Notes {
	/** Start and duration of each task over 50 ms. */
	longTasks: [start: number, duration: number][];
	/** Milliseconds over 50 that scripts of each address took in one go. */
	blocking: [url: string, ms: number][];
	/** Durations of events that belong to an interaction. */
	interactions: number[];
	layoutShift: number;
	/** When the frame was on the screen, in `performance.now()` time. */
	bubbleAt: number | null;
	clickedAt: number | null;
	openAt: number | null;
	historyAt: number | null;
}

declare global {
	interface Window {
		notes: Notes;
	}
}

/** Runs in the page before anything else: watches for long tasks, shifts, and what becomes visible when. */
export function probe(): void {
	const notes: Notes = {
		longTasks: [],
		blocking: [],
		interactions: [],
		layoutShift: 0,
		bubbleAt: null,
		clickedAt: null,
		openAt: null,
		historyAt: null
	};
	window.notes = notes;
	const observe = (
		type: string,
		take: (entry: PerformanceEntry & Record<string, unknown>) => void
	) =>
		new PerformanceObserver((list) => {
			list
				.getEntries()
				.forEach((entry) => take(entry as PerformanceEntry & Record<string, unknown>));
		}).observe({ type, buffered: true, durationThreshold: 16 } as PerformanceObserverInit);
	observe('longtask', ({ startTime, duration }) => notes.longTasks.push([startTime, duration]));
	observe('long-animation-frame', ({ scripts }) => {
		for (const { sourceURL, duration } of scripts as { sourceURL: string; duration: number }[]) {
			if (duration > 50) notes.blocking.push([sourceURL, duration - 50]);
		}
	});
	observe('event', ({ duration, interactionId }) => {
		if (interactionId) notes.interactions.push(duration);
	});
	observe('layout-shift', ({ value, hadRecentInput }) => {
		if (hadRecentInput !== true) notes.layoutShift += Number(value);
	});
	const pending = new Set<keyof Notes>();
	/** After the next frame. */
	const mark = (name: 'bubbleAt' | 'openAt' | 'historyAt') => {
		if (notes[name] !== null || pending.has(name)) return;
		pending.add(name);
		requestAnimationFrame(() => {
			const { port1, port2 } = new MessageChannel();
			port1.onmessage = () => (notes[name] = performance.now());
			port2.postMessage(null);
		});
	};
	const look = () => {
		const root = document.querySelector('chatiq-widget')?.shadowRoot;
		if (root?.querySelector('.bubble')) mark('bubbleAt');
		if (notes.clickedAt !== null && root?.querySelector('.composer textarea')) mark('openAt');
		if (notes.clickedAt !== null && root?.querySelector('.list .bubble-text')) mark('historyAt');
		requestAnimationFrame(look);
	};
	addEventListener('click', ({ timeStamp }) => (notes.clickedAt ??= timeStamp), { capture: true });
	requestAnimationFrame(look);
}

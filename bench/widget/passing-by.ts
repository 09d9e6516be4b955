import type { Browser } from '@playwright/test';
import { Visit } from './visit.ts';

export interface PassingBy {
	requests: number;
	sockets: number;
	cookies: number;
	storageWrites: number;
	kilobytes: number;
	longTasks: number;
	/** What tasks have over 50 ms, whoever ran in them. */
	blockingMs: number;
	/** The same of scripts from the product. */
	ownBlockingMs: number;
	layoutShift: number;
	/** NaN where there is no bubble of ours. */
	bubbleAfterHtmlMs: number;
}

/** A page view of somebody who does not touch the chat. */
export async function passBy(browser: Browser, url: string): Promise<PassingBy> {
	const visit = await Visit.begin(browser, { url });
	try {
		await visit.rest();
		const [notes, htmlAt] = [await visit.notes(), await visit.htmlAt()];
		const requests = visit.embedRequests();
		const tasks = notes.longTasks.filter(([start]) => start > htmlAt);
		const kept = await visit.kept();
		return {
			...kept,
			requests: requests.length,
			sockets: visit.sockets.length,
			kilobytes: requests.reduce((sum, { bytes }) => sum + bytes, 0) / 1024,
			longTasks: tasks.length,
			blockingMs: tasks.reduce((sum, [, duration]) => sum + duration - 50, 0),
			ownBlockingMs: notes.blocking
				.filter(([source]) => source.includes('/widget'))
				.reduce((sum, [, ms]) => sum + ms, 0),
			layoutShift: notes.layoutShift,
			bubbleAfterHtmlMs: (notes.bubbleAt ?? NaN) - htmlAt
		};
	} finally {
		await visit.close();
	}
}

/** How long the loader's own code ran, CPU slowed four times, until the page came to rest. */
export async function evaluateLoader(browser: Browser, url: string): Promise<number> {
	const visit = await Visit.begin(browser, { url: 'about:blank' });
	try {
		await browser.startTracing(visit.page, { categories: ['devtools.timeline', 'v8'] });
		await visit.page.goto(url);
		await visit.rest();
		return ownTime(await browser.stopTracing());
	} finally {
		await visit.close();
	}
}

interface TraceEvent {
	name: string;
	ph: string;
	ts: number;
	dur?: number;
	/** Of the processor, which a busy machine does not stretch. */
	tdur?: number;
	args?: { data?: { url?: string } };
}

const running = ['EvaluateScript', 'v8.compile', 'FunctionCall'];

/** Milliseconds that lie in calls of the loader; a call in a call counts once. */
function ownTime(trace: Buffer): number {
	const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
	const spans = traceEvents
		.filter(({ name, ph, args }) => {
			return ph === 'X' && running.includes(name) && args?.data?.url?.endsWith('/widget.js');
		})
		.map(({ ts, dur = 0, tdur = dur }) => [ts, ts + dur, tdur] as const)
		.sort(([a], [b]) => a - b);
	let [total, end] = [0, 0];
	for (const [, to, spent] of spans) {
		// What lies in another span is part of it.
		if (to <= end) continue;
		total += spent;
		end = to;
	}
	return total / 1000;
}

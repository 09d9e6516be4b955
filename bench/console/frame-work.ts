import type { CDPSession, Page } from '@playwright/test';

/** What the main thread did from a socket's event to the end of the frame that shows it. */
export interface FrameWork {
	/** Milliseconds of processor time. */
	cpu: number;
	/** Of that, for the frame itself: styles, layout, paint, layers. */
	frame: number;
	/** More than one means that a script has forced one, or that a first one was in vain. */
	layouts: number;
}

interface TraceEvent {
	name: string;
	ph: string;
	cat: string;
	pid: number;
	tid: number;
	ts: number;
	dur?: number;
	tdur?: number;
}

const categories = ['devtools.timeline', 'blink.user_timing', 'cc', 'toplevel'];

/** The page marks `arrived`, and `drawn` behind the frame; what lies between them is read from the browser's trace. */
export async function traceFrames(
	page: Page,
	act: () => Promise<void>
): Promise<readonly FrameWork[]> {
	const browser = page.context().browser();
	if (!browser) throw new Error('a browser of its own is traced');
	const session = await browser.newBrowserCDPSession();
	const events: TraceEvent[] = [];
	session.on('Tracing.dataCollected', ({ value }) =>
		events.push(...(value as unknown as TraceEvent[]))
	);
	await session.send('Tracing.start', {
		transferMode: 'ReportEvents',
		traceConfig: { includedCategories: categories, excludedCategories: ['*'] }
	});
	await act();
	await stop(session);
	await session.detach();
	return workBetweenMarks(events);
}

async function stop(session: CDPSession): Promise<void> {
	const complete = new Promise((done) => session.once('Tracing.tracingComplete', done));
	await session.send('Tracing.end');
	await complete;
}

function workBetweenMarks(events: readonly TraceEvent[]): FrameWork[] {
	const marks = (name: string) =>
		events
			.filter((event) => event.name === name && event.cat.includes('user_timing'))
			.sort((a, b) => a.ts - b.ts);
	const arrivals = marks('arrived');
	return marks('drawn').flatMap(({ pid, tid, ts: end }) => {
		const from = arrivals.findLast(({ ts }) => ts < end)?.ts;
		if (from === undefined) return [];
		const inside = events.filter(
			(event) =>
				event.pid === pid &&
				event.tid === tid &&
				event.ph === 'X' &&
				event.ts < end &&
				event.ts + (event.dur ?? 0) > from
		);
		const named = (name: string) => inside.filter((event) => event.name === name);
		return [
			{
				cpu: processorMs(outermost(inside)),
				frame: processorMs(named('ProxyMain::BeginMainFrame')),
				layouts: named('Layout').length
			}
		];
	});
}

function outermost(events: readonly TraceEvent[]): TraceEvent[] {
	let until = 0;
	return [...events]
		.sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
		.filter(({ ts, dur = 0 }) => {
			if (ts < until) return false;
			until = ts + dur;
			return true;
		});
}

const processorMs = (events: readonly TraceEvent[]): number =>
	events.reduce((sum, { tdur = 0 }) => sum + tdur / 1000, 0);

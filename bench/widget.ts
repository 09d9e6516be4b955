/**
 * Measures the widget in Chromium on Slow 4G with the CPU slowed four times, beside two rivals on the same page
 * in the same run: `npm run bench -- widget`. `--short` leaves the rivals out and runs everything once. Ends with
 * 1 when a value is over its limit.
 */
import { loadavg } from 'node:os';
import path from 'node:path';
import { chromium, type Browser } from '@playwright/test';
import { budgets, weigh } from '../apps/widget/scripts/size.ts';
import playwright from '../e2e/playwright.config.ts';
import { connectSql } from '../e2e/support/backend.ts';
import { startServedBackend } from '../e2e/support/serve.ts';
import { createPublishedTenant } from '../e2e/support/journey.ts';
import { percentile } from './report.ts';
import { serveHostPage } from './widget/host-page.ts';
import { openHistory, type Opening } from './widget/opening.ts';
import { evaluateLoader, passBy, type PassingBy } from './widget/passing-by.ts';
import { reconnect } from './widget/reconnecting.ts';
import { prepareRivals } from './widget/rivals.ts';
import { median, print, printRows, show, type Row } from './widget/scoreboard.ts';
import { returningVisitor } from './widget/visitors.ts';

const root = path.join(import.meta.dirname, '..');
const short = process.argv.includes('--short');
const runs = short ? 1 : 5;

const rivals = short ? [] : await prepareRivals(root);
const product = await startServedBackend();
const { backend } = product;
const host = await serveHostPage(backend.url, rivals);
const sql = connectSql(backend);
const browser = await chromium.launch(playwright.use?.launchOptions ?? {});
try {
	const tenant = await createPublishedTenant(backend, sql, 'Bench', host.origin);
	const operator = await tenant.addMember('owner');
	const url = `${host.origin}/ChatIQ?${tenant.site.site_key}`;
	const visitor = () => returningVisitor(backend, tenant, operator, host.origin);
	const passing = await times(() => passBy(browser, url));
	const evaluated = await times(() => evaluateLoader(browser, url));
	const preloaded = await times(async () => openHistory(browser, url, await visitor(), true));
	const cold = await times(async () => openHistory(browser, url, await visitor(), false));
	const back = await reconnect(browser, url, await visitor(), operator, short ? 3 : 20);
	console.log(`${runs} runs each, medians; load of the machine ${loadavg()[0]?.toFixed(1) ?? ''}`);
	const over = printRows([
		...sizes(),
		...beforeIntent(passing, median(evaluated)),
		...opening(preloaded, cold),
		row('reconnect → caught up, p50', 'ms', 600, 2000, median(back)),
		row('reconnect → caught up, p95', 'ms', 1200, 2000, percentile(back, 0.95))
	]);
	if (over > 0) process.exitCode = 1;
	if (!short) await compare(browser, passing);
} finally {
	await browser.close();
	await sql.end();
	await host.close();
	await product.close();
}

function row(name: string, unit: string, goal: number, limit: number, measured: number): Row {
	return { name, unit, goal, limit, measured };
}

function sizes(): Row[] {
	const { loader, panel } = weigh(path.join(root, 'apps/widget/dist'));
	return [
		row('loader', 'KB br', budgets.loader.goal, budgets.loader.limit, loader),
		row('panel with its texts', 'KB br', budgets.panel.goal, budgets.panel.limit, panel)
	];
}

function beforeIntent(passing: PassingBy[], evaluatedMs: number): Row[] {
	const worst = (pick: (one: PassingBy) => number) => Math.max(...passing.map(pick));
	const left = (one: PassingBy) => one.cookies + one.storageWrites + one.sockets;
	return [
		row(
			'before intent: requests',
			'',
			3,
			3,
			worst(({ requests }) => requests)
		),
		row('before intent: cookies, writes, sockets', '', 0, 0, worst(left)),
		row(
			'before intent: layout shift',
			'',
			0,
			0,
			worst(({ layoutShift }) => layoutShift)
		),
		row(
			'before intent: our blocking time',
			'ms',
			0,
			0,
			median(passing.map((one) => one.ownBlockingMs))
		),
		row('loader evaluation', 'ms', 25, 50, evaluatedMs),
		row('bubble after HTML', 'ms', 663, 813, median(passing.map((one) => one.bubbleAfterHtmlMs)))
	];
}

function opening(preloaded: Opening[], cold: Opening[]): Row[] {
	const middle = (all: Opening[], pick: (one: Opening) => number) => median(all.map(pick));
	return [
		row(
			'open with history, preloaded',
			'ms',
			230,
			400,
			middle(preloaded, (one) => one.historyMs)
		),
		row(
			'open with history, cold',
			'ms',
			900,
			1200,
			middle(cold, (one) => one.historyMs)
		),
		row(
			'longest task at open',
			'ms',
			80,
			120,
			middle(preloaded, (one) => one.longestTaskMs)
		),
		row(
			'click INP',
			'ms',
			105,
			200,
			middle(preloaded, (one) => one.interactionMs)
		)
	];
}

/** The same page view with others' embeds. */
async function compare(browser: Browser, ours: PassingBy[]): Promise<void> {
	console.log('');
	print(['one page view, nobody clicks', 'KB', 'requests', 'blocking ms', 'long tasks']);
	const line = (name: string, all: PassingBy[]) => {
		const middle = (pick: (one: PassingBy) => number) => show(median(all.map(pick)));
		print([
			name,
			middle((one) => one.kilobytes),
			middle((one) => one.requests),
			middle((one) => one.blockingMs),
			middle((one) => one.longTasks)
		]);
	};
	line('no chat', await times(() => passBy(browser, `${host.origin}/none`)));
	line('ChatIQ', ours);
	for (const { name } of rivals) {
		line(name, await times(() => passBy(browser, `${host.origin}/${name}`)));
	}
}

async function times<T>(measure: () => Promise<T>): Promise<T[]> {
	const results: T[] = [];
	for (let run = 0; run < runs; run++) results.push(await measure());
	return results;
}

/**
 * Measures the console in Chromium: what its pages weigh, and how it reacts with the CPU slowed four times on a site
 * with 10,000 conversations, two of which have 2,000 messages: `npm run bench -- console`. `--short` is a tenth of it.
 * With `--strict` it ends with 1 when a value is over its budget.
 */
import { loadavg } from 'node:os';
import { chromium, type Browser, type Page } from '@playwright/test';
import { uuidv7 } from '@chatiq/contracts/ids';
import playwright from '../e2e/playwright.config.ts';
import { connectSql, type Backend } from '../e2e/support/backend.ts';
import { startServedBackend } from '../e2e/support/serve.ts';
import { createTenant, type Person } from '../e2e/support/tenant.ts';
import { fillSite, type Crowd } from './console/crowd.ts';
import { bareReactions } from './console/bare.ts';
import { traceFrames, type FrameWork } from './console/frame-work.ts';
import {
	arrival,
	interactions,
	keyFrames,
	mainThreadMs,
	scrollWork,
	slowDown,
	watch,
	watchArrivals,
	type Reactions
} from './console/reactions.ts';
import { weighPage } from './console/weigh.ts';
import { percentile, Report } from './report.ts';

const short = process.argv.includes('--short');
const rounds = short ? 4 : 12;
const report = new Report();
const listSelector = 'nav[aria-label="Conversations"]';

const product = await startServedBackend();
const { backend } = product;
const sql = connectSql(backend);
const browser = await chromium.launch(playwright.use?.launchOptions ?? {});
try {
	const tenant = await createTenant(backend, sql, 'Bench');
	const operator = await tenant.addMember('owner');
	const crowd = await fillSite(sql, tenant, short ? 1000 : 10_000);
	await weigh(browser, operator);
	const reactions = await react(browser, operator, crowd);
	console.log(
		`${String(rounds)} of each, CPU at a quarter; load of the machine ${loadavg()[0]?.toFixed(1) ?? ''}`
	);
	judge(reactions, crowd);
	report.finish();
} finally {
	await browser.close();
	await sql.end();
	await product.close();
}

async function weigh(on: Browser, operator: Person): Promise<void> {
	const login = await weighPage(on, (page) => page.goto(`${backend.url}/login`));
	report.add('/login: script, brotli', login.scriptKb, 'KB', { atMost: 65 });
	report.add('/login: scripts', login.scripts, 'requests', { atMost: 16 });
	const signed = await signIn(await on.newContext(), operator);
	const cookies = await signed.context().cookies();
	await signed.context().close();
	const open = async (page: Page) => {
		await page.context().addCookies(cookies);
		await page.goto(`${backend.url}/inbox`);
		await page.locator(`${listSelector} a`).first().waitFor();
	};
	const inbox = await weighPage(on, open, { rests: false });
	report.add('/inbox: script, brotli', inbox.scriptKb, 'KB', { atMost: 95 });
	report.add('/inbox: scripts', inbox.scripts, 'requests', { atMost: 16 });
	const rested = await weighPage(on, open);
	report.add('/inbox: what comes when it rests', rested.scriptKb - inbox.scriptKb, 'KB');
	report.add('/inbox: scripts then', rested.scripts - inbox.scripts, 'requests');
}

async function react(on: Browser, operator: Person, { long }: Crowd): Promise<Reactions> {
	const context = await on.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
	const page = await signIn(context, operator);
	await watch(page);
	await watchArrivals(page);
	await page.goto(`${backend.url}/inbox/${long[0]}`);
	const rows = long.map((id) => page.locator(`nav a[href*="${id}"]`));
	// Both have been open once, with all their history: what is measured is the switch, not the network.
	for (const row of rows) {
		await row.click();
		await loadHistory(page);
	}
	await loadList(page);
	const session = await slowDown(page);
	const switches: number[] = [];
	for (let round = 0; round < rounds; round++) {
		const row = rows[round % 2];
		switches.push(...(await interactions(page, async () => row?.click())));
	}
	const open = long[(rounds - 1) % 2] ?? long[0];
	const field = page.getByRole('textbox', { name: 'Your answer' });
	await field.focus();
	const text = 'How are you today?'.repeat(short ? 1 : 3);
	let keys: number[] = [];
	const keyWork = await mainThreadMs(session, async () => {
		keys = await keyFrames(page, () => page.keyboard.type(text, { delay: 60 }));
	});
	const appends: number[] = [];
	const appendWork: number[] = [];
	for (let round = 0; round < rounds; round++)
		appendWork.push(
			await mainThreadMs(session, async () => {
				appends.push(await append(page, operator, open, round));
			})
		);
	const appendFrames = await traceFrames(page, async () => {
		for (let round = 0; round < rounds / 2; round++)
			await append(page, operator, open, rounds + round);
	});
	// 60 frames a second are a promise to whole processors.
	await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
	const scrolls = {
		list: await scrollWork(page, session, listSelector, 120),
		messages: await scrollWork(page, session, '[role=log]', -120)
	};
	const domNodes = await page.evaluate(() => document.getElementsByTagName('*').length);
	await context.close();
	const bare = await bareReactions(on, text, rounds);
	return {
		...{ switches, keys, keyWork: keyWork / text.length },
		...{ appends, appendWork, appendFrames, scrolls, domNodes, ...bare }
	};
}

/** A colleague's message comes in; milliseconds from its event to the frame that shows it. */
async function append(page: Page, { client }: Person, conversation: string, round: number) {
	const body = `One more, number ${String(round)}`;
	const shown = arrival(page, body);
	await client
		.rpc('send_operator_message', {
			conversation_id: conversation,
			message_id: uuidv7(),
			body,
			seen_seq: 100_000
		})
		.throwOnError();
	const ms = await shown;
	// What follows: the list, the counts, the marks of what was read.
	await new Promise((passed) => setTimeout(passed, 1500));
	return ms;
}

/** Everything into the list, as by somebody who has scrolled to its end, and back to the top. */
async function loadList(page: Page): Promise<void> {
	const list = page.locator(listSelector);
	const height = () => list.evaluate((element) => element.scrollHeight);
	for (;;) {
		const before = await height();
		await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
		const grown = await page
			.waitForFunction(
				([where, known]) => (document.querySelector(where)?.scrollHeight ?? 0) > known + 100,
				[listSelector, before] as const,
				{ timeout: 3000 }
			)
			.catch(() => null);
		if (!grown) break;
	}
	await list.evaluate((element) => element.scrollTo(0, 0));
}

async function loadHistory(page: Page): Promise<void> {
	const log = page.getByRole('log');
	await log.waitFor();
	for (let page_ = 0; page_ < (short ? 10 : 80); page_++) {
		const before = await log.evaluate((element) => element.scrollHeight);
		await log.evaluate((element) => element.scrollTo(0, 0));
		const grown = await page
			.waitForFunction(
				([known]) => (document.querySelector('[role=log]')?.scrollHeight ?? 0) > (known ?? 0) + 100,
				[before],
				{ timeout: 1500 }
			)
			.catch(() => null);
		if (!grown) break;
	}
	await log.evaluate((element) => element.scrollTo(0, element.scrollHeight));
}

async function signIn(
	context: Awaited<ReturnType<Browser['newContext']>>,
	person: Person,
	{ url }: Backend = backend
): Promise<Page> {
	const page = await context.newPage();
	await page.goto(`${url}/login`);
	await page.getByLabel('E-mail').fill(person.email);
	await page.getByLabel('Password', { exact: true }).fill(person.password);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL('**/inbox');
	return page;
}

function judge(reactions: Reactions, { conversations }: Crowd): void {
	const { switches, keys, keyWork, bareKeyWork, scrolls, domNodes } = reactions;
	report.add('switch of conversation, INP, p50', percentile(switches, 0.5), 'ms');
	report.add('switch of conversation, INP, p98', percentile(switches, 0.98), 'ms', { atMost: 80 });
	judgeAppends(reactions);
	report.add('a key in the composer to its frame, p50', percentile(keys, 0.5), 'ms', {
		atMost: 32
	});
	report.add('a key in the composer to its frame, p98', percentile(keys, 0.98), 'ms');
	report.add('a key in the composer, work', keyWork, 'ms');
	report.add('a key in a page with nothing but a field, work', bareKeyWork, 'ms');
	report.add('scrolling the list, a frame, whole CPU', scrolls.list, 'ms', { atMost: 16 });
	report.add('scrolling messages, a frame, whole CPU', scrolls.messages, 'ms', { atMost: 16 });
	report.add(`DOM nodes, ${String(conversations)} conversations`, domNodes, '', { atMost: 1500 });
}

function judgeAppends({ appends, bareAppends, appendFrames, appendWork }: Reactions): void {
	const middle = (of: (frame: FrameWork) => number) => percentile(appendFrames.map(of), 0.5);
	report.add('one more message, event to frame, clock, p50', percentile(appends, 0.5), 'ms', {
		atMost: 30
	});
	report.add('one more message, event to frame, clock, p95', percentile(appends, 0.95), 'ms');
	report.add('the same in a page with nothing but a list, p50', percentile(bareAppends, 0.5), 'ms');
	report.add(
		'one more message, work until its frame, traced',
		middle(({ cpu }) => cpu),
		'ms'
	);
	report.add(
		'of it the frame itself',
		middle(({ frame }) => frame),
		'ms'
	);
	// Does not depend on the machine: a list that measures before it draws lays out three times.
	report.add(
		'one more message, layouts until its frame',
		middle(({ layouts }) => layouts),
		'',
		{
			atMost: 1
		}
	);
	report.add('one more message, all work that follows, p50', percentile(appendWork, 0.5), 'ms');
}

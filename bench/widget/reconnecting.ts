import { type Browser, expect } from '@playwright/test';
import type { Person } from '../../e2e/support/tenant.ts';
import { answer, lastSeq, type Returning } from './visitors.ts';
import { Visit } from './visit.ts';

const joined = { intervals: [20], timeout: 30_000 };

/** The server drops the socket while an answer is written: how long until the visitor sees it, each time. */
export async function reconnect(
	browser: Browser,
	url: string,
	{ storage, conversationId }: Returning,
	operator: Person,
	times: number
): Promise<number[]> {
	const visit = await Visit.begin(browser, { url: 'about:blank', throttle: false, storage: {} });
	const results: number[] = [];
	try {
		const { page } = visit;
		let cut = () => Promise.resolve();
		let joins = 0;
		await page.routeWebSocket(/\/realtime\/v1\/websocket/, (route) => {
			const server = route.connectToServer();
			cut = async () => {
				await Promise.all([route.close({ code: 1012 }), server.close()]);
			};
			server.onMessage((message) => {
				if (/"realtime:conversation:[\w-]+","phx_reply"/.test(String(message))) joins++;
				route.send(message);
			});
		});
		await page.addInitScript((kept) => {
			for (const [key, value] of Object.entries(kept)) localStorage.setItem(key, value);
		}, storage);
		await page.goto(url);
		await page.getByRole('button', { name: 'Open chat' }).click();
		for (let time = 0; time < times; time++) {
			if (time === 0) await expect.poll(() => joins, joined).toBeGreaterThan(0);
			const known = joins;
			const text = `Back again ${time}`;
			const begin = performance.now();
			await cut();
			await answer(operator, conversationId, text, lastSeq + time);
			await page.getByRole('log').getByText(text, { exact: true }).waitFor();
			results.push(performance.now() - begin);
			await expect.poll(() => joins, joined).toBeGreaterThan(known);
		}
		return results;
	} finally {
		await visit.close();
	}
}

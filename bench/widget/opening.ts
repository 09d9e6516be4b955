import type { Browser } from '@playwright/test';
import type { Returning } from './visitors.ts';
import { Visit } from './visit.ts';

export interface Opening {
	/** From the click until the history was on the screen. */
	historyMs: number;
	openMs: number;
	longestTaskMs: number;
	/** Of the click, as Interaction to Next Paint counts it. */
	interactionMs: number;
}

/** A returning visitor opens the chat, with the panel preloaded or not. */
export async function openHistory(
	browser: Browser,
	url: string,
	{ storage }: Returning,
	preloaded: boolean
): Promise<Opening> {
	const visit = await Visit.begin(browser, { url, storage, saveData: !preloaded });
	try {
		await visit.rest();
		const bubble = visit.page.getByRole('button', { name: 'Open chat' });
		const box = await bubble.boundingBox();
		if (!box) throw new Error('There is no bubble.');
		await visit.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
		await visit.page.waitForFunction(() => window.notes.historyAt && window.notes.openAt, null, {
			timeout: 60_000
		});
		await visit.rest();
		const { clickedAt, historyAt, openAt, longTasks, interactions } = await visit.notes();
		if (clickedAt === null || historyAt === null || openAt === null) throw new Error('Not opened.');
		const tasks = longTasks.filter(([start, duration]) => start + duration > clickedAt);
		return {
			historyMs: historyAt - clickedAt,
			openMs: openAt - clickedAt,
			longestTaskMs: Math.max(0, ...tasks.map(([, duration]) => duration)),
			interactionMs: Math.max(0, ...interactions)
		};
	} finally {
		await visit.close();
	}
}

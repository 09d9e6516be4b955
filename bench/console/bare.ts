import type { Browser, Page } from '@playwright/test';
import { arrival, mainThreadMs, slowDown, watchArrivals, type Reactions } from './reactions.ts';

/** What the browser itself needs for a key, and for one more message: less is not to be had. */
export async function bareReactions(
	on: Browser,
	text: string,
	rounds: number
): Promise<Pick<Reactions, 'bareKeyWork' | 'bareAppends'>> {
	const page = await on.newPage({ viewport: { width: 1440, height: 900 } });
	await watchArrivals(page);
	await page.goto('about:blank');
	await page.setContent('<div role="log"></div><textarea autofocus rows="3"></textarea>');
	await page.locator('textarea').focus();
	const session = await slowDown(page);
	const work = await mainThreadMs(session, () => page.keyboard.type(text, { delay: 60 }));
	const bareAppends: number[] = [];
	for (let round = 0; round < rounds; round++) bareAppends.push(await bareAppend(page, round));
	await page.close();
	return { bareKeyWork: work / text.length, bareAppends };
}

async function bareAppend(page: Page, round: number): Promise<number> {
	const text = `One more, number ${String(round)}`;
	const shown = arrival(page, text);
	await page.evaluate((body) => {
		(window as unknown as { arrive: () => void }).arrive();
		const line = document.createElement('article');
		line.textContent = body;
		document.querySelector('[role=log]')?.append(line);
	}, text);
	return shown;
}

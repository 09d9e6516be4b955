import type { Page } from '@playwright/test';
import { expect, log, test, write } from '../support/journey.ts';
import { hostileTexts } from '../support/hostile-texts.ts';

/** Whatever ran, or asked for something elsewhere. */
function watchFor(page: Page): string[] {
	const happened: string[] = [];
	page.on('dialog', (dialog) => {
		happened.push(dialog.message());
		void dialog.dismiss();
	});
	page.on('pageerror', (error) => happened.push(error.message));
	page.on('request', (request) => {
		if (request.url().includes('evil')) happened.push(request.url());
	});
	return happened;
}

/** What is wider than where it is shown, in the document and in the widget's own tree. */
function overflowing(page: Page): Promise<string[]> {
	return page.evaluate(() => {
		const roots: (Document | ShadowRoot)[] = [document];
		const widget = document.querySelector('chatiq-widget')?.shadowRoot;
		if (widget) roots.push(widget);
		return roots
			.flatMap((root) => [...root.querySelectorAll('html, .panel, [role="log"]')])
			.filter((box) => box.scrollWidth > box.clientWidth + 1)
			.map((box) => `${box.tagName}.${box.className}: ${box.scrollWidth} > ${box.clientWidth}`);
	});
}

/** Elements that no message may bring, and links that lead where none may. */
function intruders(page: Page): Promise<string[]> {
	return log(page).evaluate((shown) => {
		const elements = shown.querySelectorAll(
			'script, iframe, img, style, base, animate, b, [onload]'
		);
		const links = [...shown.querySelectorAll('a')].filter(
			({ href }) => !/^(https?:|mailto:)/.test(href)
		);
		return [...elements, ...links].map((element) => element.outerHTML);
	});
}

test('no text executes anything or breaks the layout, in the widget and in the console', async ({
	sql,
	tenant,
	signIn,
	visit
}) => {
	const person = await tenant.addMember('owner');
	await person.client
		.from('profiles')
		.update({ display_name: '<img src=x onerror=pwned=1>' })
		.eq('id', person.id)
		.throwOnError();
	const [visitor, operator] = await Promise.all([visit(), signIn(person)]);
	const happened = [...[visitor, operator].map(watchFor)];
	await write(visitor, hostileTexts[0] ?? '');
	await expect(log(visitor).getByText('Sent', { exact: true })).toBeAttached();
	for (const text of hostileTexts.slice(1)) await write(visitor, text);
	await expect(log(visitor).locator('.tick.sending')).toHaveCount(0, { timeout: 30_000 });

	const [row] = await sql<{ id: string }[]>`
		select id from public.conversations where site_id = ${tenant.site.id}`;
	for (const body of hostileTexts) {
		const message = { conversation_id: row?.id ?? '', message_id: crypto.randomUUID(), body };
		await person.client
			.rpc('send_operator_message', { ...message, seen_seq: hostileTexts.length * 2 })
			.throwOnError();
	}
	await operator.getByRole('navigation', { name: 'Conversations' }).getByRole('link').click();
	for (const page of [visitor, operator]) {
		await expect(log(page).getByText('<b>end</b>').last()).toBeVisible();
	}
	await expect(log(visitor).locator('.bubble-text')).toHaveCount(hostileTexts.length * 2);
	const shown = await log(visitor).locator('.bubble-text').allTextContents();
	const cleaned = hostileTexts.map((text) => text.trim());
	expect(shown.map((text) => text.trim())).toEqual([...cleaned, ...cleaned]);

	for (const width of [1280, 390, 320]) {
		for (const page of [visitor, operator]) {
			await page.setViewportSize({ width, height: 780 });
			expect(await overflowing(page), `${width} px`).toEqual([]);
		}
	}
	for (const page of [visitor, operator]) {
		expect(await intruders(page)).toEqual([]);
		expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
	}
	expect(happened).toEqual([[], []]);
});

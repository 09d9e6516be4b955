import puppeteer from 'puppeteer-core';
import type { DrivenPage } from './driven-page.ts';

/** Playwright's own Firefox cannot be had from a package registry, and asks more of BiDi than Debian's release knows. */
export async function openFirefox(executablePath: string): Promise<DrivenPage> {
	const browser = await puppeteer.launch({
		browser: 'firefox',
		executablePath,
		extraPrefsFirefox: { 'layout.css.prefers-color-scheme.content-override': 0 }
	});
	const page = await browser.newPage();
	return {
		async goto(url) {
			await page.goto(url);
		},
		async reload() {
			await page.reload();
		},
		resize: (width, height) => page.setViewport({ width, height }),
		evaluate: (expression) => page.evaluate(expression) as never,
		clickAt: (x, y) => page.mouse.click(x, y),
		type: (text) => page.keyboard.type(text),
		press: (key) => page.keyboard.press(key),
		async chooseFile(path) {
			const field = await page.$('>>> input[type=file]');
			await (field as { uploadFile(path: string): Promise<void> } | null)?.uploadFile(path);
		},
		close: () => browser.close()
	};
}

import { writeFile } from 'node:fs/promises';
import type { Browser, Page } from '@playwright/test';
import { connectSql, type Backend } from './backend.ts';
import { png } from './corpus.ts';
import { expect } from './patient-expect.ts';

export interface Sheet {
	language: 'en' | 'uk';
	colorScheme: 'light' | 'dark';
	phone: boolean;
}

const words = {
	en: {
		...{ write: 'Message', emoji: 'Emoji', list: 'Your conversations', more: 'More' },
		...{ back: 'Back to the chat', first: 'Do you ship to Lviv?', second: 'Two bags, please.' },
		answer: 'Yes, with Nova Post, in two days. See https://example.com/delivery'
	},
	uk: {
		...{ write: 'Повідомлення', emoji: 'Емодзі', list: 'Ваші розмови', more: 'Ще' },
		...{ back: 'Назад до чату', first: 'Чи доставляєте до Львова?', second: 'Дві пачки, прошу.' },
		answer: 'Так, Новою поштою, за два дні. Див. https://example.com/delivery'
	}
};

/** The widget in its states, side by side in one picture. */
export async function drawSheet(
	browser: Browser,
	backend: Backend,
	answer: (conversationId: string, body: string) => Promise<void>,
	sheet: Sheet,
	path: string
): Promise<void> {
	const { language, colorScheme, phone } = sheet;
	const context = await browser.newContext({
		...{ colorScheme, locale: language === 'uk' ? 'uk-UA' : 'en-GB', reducedMotion: 'reduce' },
		viewport: phone ? { width: 390, height: 700 } : { width: 420, height: 720 },
		...(phone && { isMobile: true, hasTouch: true })
	});
	const page = await context.newPage();
	const pictures: string[] = [];
	const take = async () => {
		// A frame for what has just come, and nothing that blinks.
		await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
		pictures.push((await page.screenshot({ caret: 'hide' })).toString('base64'));
	};
	await page.goto(`${backend.url.replace('127.0.0.1', 'localhost')}/shop/?lang=${language}`);
	await page.locator('chatiq-widget').getByRole('button').first().click();
	await expect(page.getByRole('dialog')).toBeVisible();
	await walk(page, backend, answer, language, take);
	await context.close();
	await writeFile(path, await compose(browser, pictures, phone ? 390 : 420));
}

async function walk(
	page: Page,
	backend: Backend,
	answer: (conversationId: string, body: string) => Promise<void>,
	language: 'en' | 'uk',
	take: () => Promise<void>
): Promise<void> {
	const { write, emoji, list, more, back, first, second, answer: answered } = words[language];
	const field = page.getByRole('textbox', { name: write, exact: true });
	const say = async (text: string) => {
		await field.fill(text);
		await field.press('Enter');
	};
	const button = (name: string) => page.getByRole('button', { name, exact: true });
	const sent = () => expect(page.locator('.tick.sending')).toHaveCount(0);
	await expect(button(emoji)).toBeVisible();
	await take();
	await say(first);
	await sent();
	const sql = connectSql(backend);
	const [row] = await sql<{ conversation_id: string }[]>`
		select conversation_id from public.messages where body = ${first} order by created_at desc limit 1`;
	const id = row?.conversation_id ?? '';
	await page.locator('input[type=file]').setInputFiles([
		{ name: 'bags.png', mimeType: 'image/png', buffer: png(240, 120) },
		{ name: 'order.txt', mimeType: 'text/plain', buffer: Buffer.from('2 x 250 g') }
	]);
	await expect(page.locator('.tray .file-row')).toHaveCount(2);
	await take();
	await say(second);
	await answer(id, answered);
	await expect(page.getByRole('log').getByText('example.com')).toBeVisible();
	await expect(page.getByRole('log').getByRole('button', { name: /order\.txt/ })).toBeVisible();
	await sent();
	await take();
	await button(emoji).click();
	await expect(page.getByRole('gridcell').first()).toBeVisible();
	await take();
	await page.keyboard.press('Escape');
	await button(list).click();
	await expect(button(back)).toBeVisible();
	await expect(page.locator('.screen .skeleton')).toHaveCount(0);
	await take();
	await button(back).click();
	await button(more).click();
	await expect(page.getByRole('menu')).toBeVisible();
	await take();
	await page.keyboard.press('Escape');
	await page.context().setOffline(true);
	await say(second);
	await expect(page.locator('.banner')).not.toBeEmpty();
	await take();
	await page.route('**/rpc/send_visitor_message', (route) =>
		route.fulfill({ status: 403, json: { code: 'PT403', message: 'visitor_blocked' } })
	);
	await page.context().setOffline(false);
	await expect(page.getByRole('alert').getByRole('button').first()).toBeVisible();
	await take();
	await sql`update public.conversations set status = 'closed', closed_at = now() where id = ${id}`;
	await sql.end();
	await expect(page.getByRole('radio').first()).toBeVisible();
	await take();
	await page.evaluate(() => (document.documentElement.dir = 'rtl'));
	await take();
}

/** Side by side in two rows, half as large, as one small file. */
async function compose(browser: Browser, pictures: string[], width: number): Promise<Buffer> {
	const page = await browser.newPage();
	const url = await page.evaluate(
		async ({ pictures, width }) => {
			const images = await Promise.all(
				pictures.map(async (picture) => {
					const image = new Image();
					image.src = `data:image/png;base64,${picture}`;
					await image.decode();
					return image;
				})
			);
			const [tall, columns, gap] = [images[0]?.height ?? 0, Math.ceil(images.length / 2), 12];
			const scale = 0.62;
			const canvas = document.createElement('canvas');
			canvas.width = columns * (width * scale + gap) + gap;
			canvas.height = 2 * (tall * scale + gap) + gap;
			const context = canvas.getContext('2d');
			if (!context) throw new Error('no canvas');
			context.fillStyle = '#8a93a0';
			context.fillRect(0, 0, canvas.width, canvas.height);
			context.imageSmoothingQuality = 'high';
			images.forEach((image, index) => {
				const [column, row] = [index % columns, Math.floor(index / columns)];
				const x = gap + column * (width * scale + gap);
				context.drawImage(image, x, gap + row * (tall * scale + gap), width * scale, tall * scale);
			});
			return canvas.toDataURL('image/webp', 0.72);
		},
		{ pictures, width }
	);
	await page.close();
	return Buffer.from(url.split(',')[1] ?? '', 'base64');
}

import { mkdir, writeFile } from 'node:fs/promises';
import type { Browser, Page } from '@playwright/test';
import { connectSql, type Backend } from './backend.ts';
import { expect } from './patient-expect.ts';

type Language = 'en' | 'uk';

/** What is said between a visitor and the shop, oldest first; the visitor begins. */
const talk = {
	en: {
		visitor: 'Emma Clarke',
		words: [
			'Hi! Do you deliver to Lviv?',
			'Yes, with Nova Post. Parcels that leave today arrive on Tuesday.',
			'Lovely. I would like 2 × 250 g of Guji, ground for V60.',
			'Good choice: apricot and jasmine. I have put the grind into your order.',
			'Thank you! Can I add a gift card as well?'
		]
	},
	uk: {
		visitor: 'Оксана Литвин',
		words: [
			'Добрий день! Чи доставляєте до Львова?',
			'Так, Новою поштою. Що виїде сьогодні, буде у вас у вівторок.',
			'Чудово. Хочу дві пачки Guji по 250 г, змелені під V60.',
			'Гарний вибір: абрикос і жасмин. Помел я вже дописала до замовлення.',
			'Дякую! А можна додати листівку?'
		]
	}
} as const;

const colorSchemes = ['light', 'dark'] as const;
const screens = {
	wide: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.5 },
	phone: {
		viewport: { width: 390, height: 640 },
		deviceScaleFactor: 2,
		isMobile: true,
		hasTouch: true
	}
};

/** The inbox for the public pages, in each language and colour scheme, wide and on a phone, into `folder`. */
export async function drawLanding(
	browser: Browser,
	backend: Backend,
	login: { email: string; password: string },
	answer: (conversationId: string, body: string) => Promise<void>,
	folder: string
): Promise<void> {
	// A colleague answers, not the assistant of the hours in which nobody is there.
	const sql = connectSql(backend);
	const rules = await sql<{ id: string }[]>`
		update public.auto_reply_rules set enabled = false where enabled returning id`;
	await mkdir(folder, { recursive: true });
	for (const language of ['en', 'uk'] as const) {
		const visitor = await converse(browser, backend, answer, language);
		for (const colorScheme of colorSchemes)
			for (const [name, screen] of Object.entries(screens)) {
				const context = await browser.newContext({
					...{ colorScheme, locale: localeOf(language), reducedMotion: 'reduce', ...screen }
				});
				const page = await context.newPage();
				await open(page, backend.url, login, language);
				const picture = await page.screenshot({ caret: 'hide' });
				await context.close();
				const file = `${folder}/inbox-${name}-${language}-${colorScheme}.webp`;
				await writeFile(file, await asWebp(browser, picture));
			}
		await visitor.context().close();
	}
	await sql`update public.auto_reply_rules set enabled = true where id in ${sql(rules.map(({ id }) => id))}`;
	await sql.end();
}

const localeOf = (language: Language): string => (language === 'uk' ? 'uk-UA' : 'en-GB');

/** The visitor stays on the page, so that the inbox shows where. */
async function converse(
	browser: Browser,
	backend: Backend,
	answer: (conversationId: string, body: string) => Promise<void>,
	language: Language
): Promise<Page> {
	const { visitor, words } = talk[language];
	const context = await browser.newContext({
		locale: localeOf(language),
		timezoneId: 'Europe/Kyiv'
	});
	const page = await context.newPage();
	await page.goto(`${backend.url.replace('127.0.0.1', 'localhost')}/shop/?lang=${language}`);
	await page.locator('chatiq-widget').getByRole('button').first().click();
	const say = async (text: string): Promise<void> => {
		await page
			.getByRole('dialog')
			.getByRole('textbox', { name: /^(Message|Повідомлення)$/ })
			.fill(text);
		await page.keyboard.press('Enter');
		await expect(page.getByRole('log').getByText(text)).toBeVisible();
		await expect(page.getByRole('log').locator('.tick.sending')).toHaveCount(0);
	};
	const [first = '', ...rest] = words;
	await say(first);
	const sql = connectSql(backend);
	const [conversation] = await sql<{ id: string; visitor_id: string }[]>`
		select c.id, c.visitor_id from public.conversations as c
		join public.messages as m on m.conversation_id = c.id where m.body = ${first}`;
	if (!conversation) throw new Error('no conversation');
	await sql`update public.visitors set name = ${visitor} where id = ${conversation.visitor_id}`;
	await sql.end();
	for (const [index, text] of rest.entries()) {
		if (index % 2 === 1) await say(text);
		else {
			await answer(conversation.id, text);
			await expect(page.getByRole('log').getByText(text)).toBeVisible();
		}
	}
	return page;
}

async function open(
	page: Page,
	url: string,
	{ email, password }: { email: string; password: string },
	language: Language
): Promise<void> {
	await page.goto(`${url}/login`);
	await page.locator('input[type=email]').fill(email);
	await page.locator('input[type=password]').fill(password);
	await page.locator('button[type=submit]').click();
	await page.getByRole('link').filter({ hasText: talk[language].visitor }).click();
	await expect(page.getByRole('log').getByText(talk[language].words[4])).toBeVisible();
	// The card is there, and has heard where its visitor is; a phone shows no card.
	if (await page.getByRole('complementary').isVisible())
		await expect(page.getByText(/^(Pages in this visit|Сторінки цього візиту)$/)).toBeVisible();
	await page.evaluate(() => document.fonts.ready);
	await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
}

/** Playwright writes PNG and JPEG; of what is mostly even colours, WebP is a fraction. */
async function asWebp(browser: Browser, picture: Buffer): Promise<Buffer> {
	const page = await browser.newPage();
	const url = await page.evaluate(async (source) => {
		const image = new Image();
		image.src = `data:image/png;base64,${source}`;
		await image.decode();
		const canvas = document.createElement('canvas');
		[canvas.width, canvas.height] = [image.width, image.height];
		const context = canvas.getContext('2d');
		if (!context) throw new Error('no canvas');
		context.drawImage(image, 0, 0);
		return canvas.toDataURL('image/webp', 0.8);
	}, picture.toString('base64'));
	await page.close();
	return Buffer.from(url.split(',')[1] ?? '', 'base64');
}

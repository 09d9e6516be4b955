import { strict as assert } from 'node:assert';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectSql } from '../support/backend.ts';
import { png } from '../support/corpus.ts';
import { type CuttableLine, openCuttableLine } from '../support/cuttable-line.ts';
import { createPublishedTenant } from '../support/journey.ts';
import { startServedBackend } from '../support/serve.ts';
import { openShop } from '../support/shop.ts';
import type { DrivenPage } from './driven-page.ts';
import { WidgetOnPage } from './widget-on-page.ts';

/** The widget in a browser that Playwright does not drive, which has been told to be dark. */
export async function walkWidget(name: string, launch: () => Promise<DrivenPage>): Promise<void> {
	const { backend, close } = await startServedBackend();
	const sql = connectSql(backend);
	const line = await openCuttableLine(backend.url);
	const shop = await openShop(line.url);
	const folder = await mkdtemp(join(tmpdir(), 'chatiq-browser-'));
	try {
		const tenant = await createPublishedTenant(backend, sql, name, shop.origin);
		const operator = await tenant.addMember('operator');
		const page = await launch();
		try {
			const widget = new WidgetOnPage(page);
			const answer = async (body: string) => {
				const [conversation] = await sql<{ id: string }[]>`
					select id from public.conversations where site_id = ${tenant.site.id}`;
				await operator.client
					.rpc('send_operator_message', {
						conversation_id: conversation?.id ?? '',
						message_id: crypto.randomUUID(),
						body,
						seen_seq: 1_000_000
					})
					.throwOnError();
			};
			const stored = async () => {
				const rows = await sql<{ body: string }[]>`
					select body from public.messages where site_id = ${tenant.site.id} order by seq`;
				return rows.map(({ body }) => body);
			};
			const picture = join(folder, 'bag.png');
			await writeFile(picture, png(60, 40));
			await page.resize(1280, 800);
			const address = shop.page(tenant.site.site_key);
			await widget.goto(address);
			await talk(widget, name, answer);
			await sendFile(widget, picture);
			await outlast(widget, address, line, stored);
			await onPhone(widget);
			await page.resize(1280, 800);
			await widget.goto(shop.page(tenant.site.site_key, { 'data-theme': 'light' }));
			await widget.open();
			assert.equal(await widget.style('.panel', 'backgroundColor'), 'rgb(255, 255, 255)');
			assert.equal(await widget.thrown(), '');
			done('light as the page says, and nothing has thrown');
		} finally {
			await page.close();
		}
	} finally {
		await rm(folder, { recursive: true });
		await shop.close();
		await line.close();
		await sql.end();
		await close();
	}
}

async function talk(
	widget: WidgetOnPage,
	name: string,
	answer: (body: string) => Promise<void>
): Promise<void> {
	const { page } = widget;
	await widget.shows('.bubble');
	await page.press('Tab');
	await widget.focusIsOn('.bubble');
	await page.press('Enter');
	await widget.focusIsOn('.composer textarea');
	assert.equal(await widget.style('.panel', 'backgroundColor'), 'rgb(22, 25, 31)');
	done('opens by keyboard, dark as the browser is');

	const both = [`Hello from ${name}`, `Hello to ${name}`] as const;
	await widget.write(both[0]);
	await widget.shows('.tick.stored');
	await answer(both[1]);
	await widget.says([...both]);
	done('writes, and hears the answer');

	await page.press('Escape');
	await widget.hides('.panel');
	await widget.focusIsOn('.bubble');
	await widget.reload();
	await widget.open();
	await widget.says([...both]);
	done('closes by Escape, and has it all after a reload');
}

async function sendFile(widget: WidgetOnPage, picture: string): Promise<void> {
	await widget.page.chooseFile(picture);
	await widget.shows('.tray .file-row.ready');
	await widget.reload();
	await widget.open();
	await widget.shows('.tray .file-row.ready');
	await widget.click('.send');
	await widget.until('the picture is there', () =>
		widget.inside((root) => {
			const image = root.querySelector<HTMLImageElement>('.list .pictures img');
			return image !== null && image.complete && image.naturalWidth > 0;
		})
	);
	await widget.click('.composer textarea');
	done('keeps a picture over a reload, sends and shows it');
}

/** The line is cut, the page is left, and what was written goes out once. */
async function outlast(
	widget: WidgetOnPage,
	address: string,
	line: CuttableLine,
	stored: () => Promise<string[]>
): Promise<void> {
	const written = ['Over a cut line', 'And one more'];
	line.cut();
	for (const text of written) await widget.write(text);
	await widget.until('two wait', () =>
		widget.inside((root) => root.querySelectorAll('.bubble-text.sending').length === 2)
	);
	await widget.until('the banner says so', () =>
		widget.inside((root) => Boolean(root.querySelector('.banner')?.textContent))
	);
	done('says that the line is cut, and keeps what is written');

	await widget.page.goto('about:blank');
	line.mend();
	await widget.goto(address);
	await widget.until('both are stored', async () => (await stored()).includes('And one more'));
	assert.deepEqual((await stored()).slice(-2), written);
	await widget.open();
	await widget.says(written);
	await widget.hides('.tick.sending');
	done('sends both with the next page, once and in order, before anybody opens the chat');
}

async function onPhone(widget: WidgetOnPage): Promise<void> {
	await widget.page.resize(390, 780);
	await widget.until('it fills the screen, and the field is on it', () =>
		widget.inside((root) => {
			const place = (selector: string) => root.querySelector(selector)?.getBoundingClientRect();
			const [panel, field] = [place('.panel'), place('.composer textarea')];
			return (
				panel?.left === 0 &&
				panel.top === 0 &&
				panel.width === innerWidth &&
				panel.height === innerHeight &&
				(field?.bottom ?? Infinity) < innerHeight
			);
		})
	);
	await widget.click('.composer textarea');
	for (let count = 0; count < 12; count++) {
		await widget.page.press('Tab');
		await widget.focusIsOn('.panel *');
	}
	await widget.click('header > button:last-child');
	await widget.hides('.panel');
	done('fills a phone, keeps the focus, and closes by its button');
}

function done(what: string): void {
	console.log(`✓ ${what}`);
}

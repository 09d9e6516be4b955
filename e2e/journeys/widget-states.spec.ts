import type { Page } from '@playwright/test';
import { uuidv7 } from '@chatiq/contracts/ids';
import { expect, log, write } from '../support/journey.ts';
import { violations } from '../support/axe.ts';
import { formField, test } from '../support/forms.ts';
import { png } from '../support/corpus.ts';
import type { Person } from '../support/tenant.ts';

const composer = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });

async function answer(operator: Person, body: string): Promise<void> {
	const { data } = await operator.client.from('conversations').select('id').single().throwOnError();
	await operator.client
		.rpc('send_operator_message', {
			...{ conversation_id: data.id, message_id: uuidv7(), body, seen_seq: 1_000_000 }
		})
		.throwOnError();
}

test('axe finds nothing in any state, light and dark', async ({ come, setForms, sql, tenant }) => {
	const operator = await tenant.addMember('operator');
	await setForms({
		pre_chat: { enabled: true, intro: { en: '', uk: '' }, fields: [formField('name', 'name')] },
		consent: { text: { en: 'We keep what you [write].', uk: '' }, url: 'https://example.com' }
	});
	const page = await come();
	// Forms and phones are looked at in the dark where they are tried.
	const clean = async (state: string, ...schemes: ('light' | 'dark')[]) => {
		for (const [index, colorScheme] of schemes.entries()) {
			await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
			const found = await violations(page, { rules: index === 0 ? 'wcag' : 'colors' });
			expect(found, `${state}, ${colorScheme}`).toEqual([]);
		}
	};
	await expect(page.getByRole('textbox', { name: 'Name' })).toBeVisible();
	await clean('a form', 'light');
	await page.getByRole('textbox', { name: 'Name' }).fill('Olena');
	await page.getByRole('button', { name: 'Start chat' }).click();
	await write(page, 'Hello');
	await expect(log(page).getByText('Sent', { exact: true })).toBeAttached();
	await page.locator('input[type=file]').setInputFiles([
		{ name: 'bag.png', mimeType: 'image/png', buffer: png(60, 40) },
		{ name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('beans') }
	]);
	await expect(page.getByRole('button', { name: /bag\.png/ }).first()).toBeVisible();
	await clean('files to send', 'light', 'dark');
	await composer(page).press('Enter');
	await answer(operator, 'See https://example.com/beans 👍');
	await expect(log(page).getByText('beans')).toBeVisible();
	await clean('a chat', 'light', 'dark');
	await page.getByRole('button', { name: 'Emoji' }).click();
	await expect(page.getByRole('gridcell').first()).toBeVisible();
	await clean('emoji', 'dark');
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'More', exact: true }).click();
	await clean('the menu', 'light');
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'Your conversations' }).click();
	await expect(page.getByRole('button', { name: 'New conversation' })).toBeVisible();
	await clean('the list', 'dark');
	await page.getByRole('button', { name: 'Back to the chat' }).click();
	await page.context().setOffline(true);
	await write(page, 'Later');
	await expect(page.getByText('You’re offline.')).toBeVisible();
	await clean('offline', 'light');
	await page.context().setOffline(false);
	await expect(page.locator('.tick.sending')).toHaveCount(0);
	await page.route('**/rpc/send_visitor_message', (route) =>
		route.fulfill({ status: 403, json: { code: 'PT403', message: 'visitor_blocked' } })
	);
	await write(page, 'Not taken');
	await expect(page.getByRole('alert')).toBeVisible();
	await clean('a failed message', 'dark');
	await sql`update public.conversations set status = 'closed', closed_at = now() where site_id = ${tenant.site.id}`;
	await expect(page.getByRole('group', { name: 'How did we do?' })).toBeVisible();
	await clean('closed, with a rating', 'dark');
	await page.getByRole('dialog').press('Escape');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await clean('closed widget', 'light');
});

test(
	'what a screen reader hears: each answer once, and nothing that was there before',
	{ tag: '@long' },
	async ({ come, tenant }) => {
		const operator = await tenant.addMember('operator');
		const page = await come();
		await page.evaluate(() => {
			const heard: string[] = [];
			const root = document.querySelector('chatiq-widget')?.shadowRoot;
			if (!root) throw new Error('no widget');
			new MutationObserver((changes) => {
				for (const { addedNodes } of changes)
					for (const node of addedNodes) {
						const live = node.parentElement?.closest('[aria-live="polite"].hidden');
						if (live && node.textContent) heard.push(node.textContent.trim());
					}
			}).observe(root, { childList: true, subtree: true });
			Object.assign(window, { heard });
		});
		const heard = () => page.evaluate(() => (window as unknown as { heard: string[] }).heard);
		await write(page, 'Hello');
		await expect(log(page).getByText('Sent', { exact: true })).toBeAttached();
		await answer(operator, 'One');
		await answer(operator, 'Two');
		await expect(log(page).getByText('Two')).toBeVisible();
		await expect.poll(heard).toEqual([`${operator.name}: One`, `${operator.name}: Two`]);
		await page.keyboard.press('Escape');
		await page.getByRole('button', { name: 'Open chat' }).press('Enter');
		await expect(log(page).getByText('Two')).toBeVisible();
		expect(await heard()).toHaveLength(2);
	}
);

test(
	'320 px wide, from right to left, with the keyboard alone',
	{ tag: '@long' },
	async ({ page, shop, tenant }) => {
		// As a window of 1280 px at 400 %.
		await page.setViewportSize({ width: 320, height: 256 });
		await page.addInitScript(() => (document.documentElement.dir = 'rtl'));
		await page.emulateMedia({ reducedMotion: 'reduce' });
		await page.goto(shop.page(tenant.site.site_key, { 'data-position': 'left' }));
		const bubble = page.getByRole('button', { name: 'Open chat' });
		await bubble.press('Enter');
		const panel = page.getByRole('dialog');
		await expect(composer(page)).toBeFocused();
		await expect(panel).toHaveAttribute('aria-modal', 'true');
		await page.keyboard.type('مرحبا, how are you?');
		await page.keyboard.press('Enter');
		await expect(log(page).getByText('Sent', { exact: true })).toBeAttached();
		expect(await panel.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
		const animated = await panel.evaluate((box) =>
			box.getAnimations({ subtree: true }).map((animation) => animation.playState)
		);
		expect(animated).toEqual([]);
		expect(await violations(page)).toEqual([]);
		// The composer, which everything else must leave room for, and the send button stand on the screen.
		for (const part of [composer(page), page.getByRole('button', { name: 'Send', exact: true })]) {
			const box = await part.boundingBox();
			expect(box && box.x >= 0 && box.x + box.width <= 320 && box.y + box.height <= 256).toBe(true);
		}
		// TAB goes round inside, both ways, and every stop can be seen.
		const stops = new Set<string>();
		for (let press = 0; press < 16; press++) {
			await page.keyboard.press(press < 12 ? 'Tab' : 'Shift+Tab');
			const stop = await panel.evaluate((box) => {
				const active = (box.getRootNode() as ShadowRoot).activeElement;
				return box.contains(active) ? (active?.ariaLabel ?? active?.className ?? '') : 'outside';
			});
			stops.add(stop);
		}
		expect([...stops]).not.toContain('outside');
		expect(stops.size).toBeGreaterThan(5);
		await page.keyboard.press('Escape');
		await expect(bubble).toBeFocused();
	}
);

for (const touch of [false, true]) {
	test(`the header's text keeps its width when the menu comes, ${touch ? 'by finger' : 'by mouse'}`, async ({
		browser,
		shop,
		tenant
	}) => {
		const context = await browser.newContext({ hasTouch: touch, isMobile: touch, locale: 'en-GB' });
		const page = await context.newPage();
		const late = Promise.withResolvers<undefined>();
		await page.route(/\/extras-/, async (route) => {
			await late.promise;
			await route.continue();
		});
		await page.goto(shop.page(tenant.site.site_key));
		await page.getByRole('button', { name: 'Open chat' }).click();
		const about = page.getByRole('dialog').locator('header > div');
		const width = () => about.evaluate((box) => (box as HTMLElement).offsetWidth);
		const before = await width();
		late.resolve(undefined);
		await expect(page.getByRole('dialog').locator('header .more')).toBeVisible();
		expect(await width()).toBe(before);
		await context.close();
	});
}

test('the text on any colour that the page may choose has a contrast of 4.5', async ({
	page,
	shop,
	tenant
}) => {
	await page.goto(shop.page(tenant.site.site_key, { 'data-color': '#010203' }));
	const widget = page.locator('chatiq-widget');
	await expect(widget.getByRole('button')).toBeVisible();
	const unreadable = await widget.evaluate((host) => {
		const formula = getComputedStyle(host).getPropertyValue('--ink');
		if (!formula.includes('#010203')) throw new Error(`no formula: ${formula}`);
		const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
		if (!context) throw new Error('no canvas');
		const pixel = (color: string) => {
			context.fillStyle = color;
			context.fillRect(0, 0, 1, 1);
			return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
		};
		const luminance = (color: number[]) => {
			const [r = 0, g = 0, b = 0] = color.map((channel) => {
				const value = channel / 255;
				return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
			});
			return 0.2126 * r + 0.7152 * g + 0.0722 * b;
		};
		const failed: string[] = [];
		for (let step = 0; step < 12 ** 3; step++) {
			const channels = [step % 12, Math.floor(step / 12) % 12, Math.floor(step / 144)];
			const color = `rgb(${channels.map((channel) => Math.round((channel * 255) / 11)).join(' ')})`;
			const ink = pixel(formula.replace('#010203', color));
			const [high = 0, low = 0] = [luminance(pixel(color)), luminance(ink)].sort((a, b) => b - a);
			const contrast = (high + 0.05) / (low + 0.05);
			if (contrast < 4.5 || !['0,0,0', '255,255,255'].includes(ink.join()))
				failed.push(`${color} with ${ink.join()}: ${contrast}`);
		}
		return failed;
	});
	expect(unreadable).toEqual([]);
});

import type { Page } from '@playwright/test';
import type { Tables } from '@chatiq/contracts/database';
import { uuidv7 } from '@chatiq/contracts/ids';
import { expect, log, test, write } from '../support/journey.ts';
import type { Person } from '../support/tenant.ts';

const field = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });
const bubbles = (page: Page) => log(page).locator('.bubble-text');

/** The team answers over the API: what the console does is in its own journeys. */
async function answer(
	operator: Person,
	conversation_id: string,
	body: string,
	more: object = {}
): Promise<Tables<'messages'>> {
	const { data } = await operator.client
		.rpc('send_operator_message', {
			...{ conversation_id, message_id: uuidv7(), body, seen_seq: 1_000_000 },
			...more
		})
		.throwOnError();
	return data;
}

/** The visitor writes; answers with the id of the conversation that it went to. */
async function say(page: Page, operator: Person, text: string): Promise<string> {
	await write(page, text);
	const read = () =>
		operator.client.from('messages').select('conversation_id').eq('body', text).maybeSingle();
	await expect.poll(async () => (await read()).data?.conversation_id).toBeTruthy();
	return (await read()).data?.conversation_id ?? '';
}

test('several conversations: begin, list, switch, and news of the one that is not open', async ({
	tenant,
	visit
}) => {
	const operator = await tenant.addMember('operator');
	const page = await visit();
	const first = await say(page, operator, 'About a grinder');
	await answer(operator, first, 'Which one?');
	await expect(bubbles(page)).toHaveText(['About a grinder', 'Which one?']);

	await page.getByRole('button', { name: 'Your conversations' }).click();
	await expect(page.getByRole('heading', { name: 'Your conversations' })).toBeFocused();
	await page.getByRole('button', { name: 'New conversation' }).click();
	await expect(bubbles(page)).toHaveCount(0);
	const second = await say(page, operator, 'About beans');
	expect(second).not.toBe(first);
	await expect(bubbles(page)).toHaveText(['About beans']);

	// An answer in the other one: no reload, no focus.
	await page.getByRole('button', { name: 'Your conversations' }).click();
	await expect(page.getByRole('button', { name: /Which one\?/ })).toBeVisible();
	await page.getByRole('button', { name: 'Back to the chat' }).click();
	await answer(operator, first, 'The hand grinder is back');
	const list = page.getByRole('button', { name: 'Your conversations, unread elsewhere: 1' });
	await expect(list).toBeVisible();
	await list.click();
	const row = page.getByRole('button', { name: /The hand grinder is back/ });
	await expect(row).toContainText('unread: 1');
	await row.click();
	await expect(bubbles(page)).toHaveText([
		'About a grinder',
		'Which one?',
		'The hand grinder is back'
	]);
	await expect(page.getByRole('button', { name: /unread elsewhere/ })).toHaveCount(0);

	// What is written now goes there.
	expect(await say(page, operator, 'The hand grinder it is')).toBe(first);
});

test(
	'the badge of a closed chat counts all conversations, also what is not loaded',
	{ tag: '@long' },
	async ({ tenant, visit }) => {
		const operator = await tenant.addMember('operator');
		const page = await visit();
		const first = await say(page, operator, 'First');
		await page.getByRole('button', { name: 'Your conversations' }).click();
		await page.getByRole('button', { name: 'New conversation' }).click();
		const second = await say(page, operator, 'Second');
		await page.goto('about:blank');
		for (let count = 0; count < 4; count++) await answer(operator, first, `Answer ${count}`);
		for (let count = 0; count < 3; count++) await answer(operator, second, `Answer ${count}`);
		await page.goBack();
		await expect(page.getByRole('button', { name: 'Open chat, unread: 7' })).toBeVisible();
	}
);

test(
	'emoji: found by its name, picked with the keyboard, in a skin tone',
	{ tag: '@long' },
	async ({ visit }) => {
		const page = await visit();
		await field(page).fill('Good ');
		await page.getByRole('button', { name: 'Emoji' }).click();
		const search = page.getByRole('searchbox', { name: 'Search emoji' });
		await expect(search).toBeFocused();
		await page.getByRole('radio', { name: 'Dark', exact: true }).click();
		await search.fill('thumbs up');
		await search.press('ArrowDown');
		await expect(page.getByRole('gridcell', { name: 'thumbs up' })).toBeFocused();
		await page.keyboard.press('Enter');
		await expect(field(page)).toHaveValue('Good 👍🏿');
		// What lies on top goes first, wherever the focus is.
		await field(page).focus();
		await page.keyboard.press('Escape');
		await expect(page.getByRole('dialog', { name: 'Emoji' })).toHaveCount(0);
		await expect(page.getByRole('button', { name: 'Emoji' })).toBeFocused();
		// It is among the recent ones now, and the grid is walked with arrows.
		await page.getByRole('button', { name: 'Emoji' }).click();
		await expect(page.getByRole('gridcell', { name: 'thumbs up' })).toBeVisible();
		await page.getByRole('button', { name: 'animals & nature' }).click();
		await search.press('ArrowDown');
		await page.keyboard.press('ArrowRight');
		await page.keyboard.press('ArrowDown');
		await expect(page.getByRole('gridcell').nth(9)).toBeFocused();
	}
);

test('reactions go both ways, and can be taken back', async ({ tenant, visit }) => {
	const operator = await tenant.addMember('operator');
	const page = await visit();
	const id = await say(page, operator, 'It works');
	const { id: message_id } = await answer(operator, id, 'Glad to hear');
	const said = log(page).locator('.said').filter({ hasText: 'Glad to hear' });
	await said.hover();
	await said.getByRole('button', { name: 'React' }).click();
	const menu = page.getByRole('dialog', { name: 'Message actions' });
	await expect(menu).toBeVisible();
	const [over, under] = [await menu.boundingBox(), await said.boundingBox()];
	// What it is about can be read.
	expect(over && under && over.y + over.height <= under.y).toBe(true);
	await menu.getByRole('button', { name: '❤️' }).click();
	const mine = said.getByRole('button', { name: '❤️, 1, you too' });
	await expect(mine).toHaveAttribute('aria-pressed', 'true');
	await operator.client.rpc('react_to_message', { message_id, emoji: '❤️' }).throwOnError();
	await expect(said.getByRole('button', { name: '❤️, 2, you too' })).toBeVisible();
	await said.getByRole('button', { name: '❤️, 2, you too' }).click();
	await expect(said.getByRole('button', { name: '❤️, 1', exact: true })).toBeVisible();
	await expect
		.poll(async () => {
			const { data } = await operator.client
				.from('messages')
				.select('reactions')
				.eq('id', message_id)
				.single();
			return data?.reactions;
		})
		.toEqual({ '❤️': [operator.id] });
});

test(
	'quick replies send their text once and vanish',
	{ tag: '@long' },
	async ({ tenant, visit }) => {
		const operator = await tenant.addMember('operator');
		const page = await visit();
		const id = await say(page, operator, 'Do you ship?');
		const quick_replies = [{ text: 'To Lviv' }, { text: 'Abroad' }];
		await answer(operator, id, 'Where to?', { quick_replies });
		const offered = page.getByRole('group', { name: 'Suggested answers' });
		await expect(offered.getByRole('button')).toHaveText(['To Lviv', 'Abroad']);
		await field(page).fill('half a thought');
		await offered.getByRole('button', { name: 'To Lviv' }).dblclick();
		await expect(offered).toHaveCount(0);
		await expect(bubbles(page)).toHaveText(['Do you ship?', 'Where to?', 'To Lviv']);
		await expect(field(page)).toHaveValue('half a thought');
		await expect(log(page).getByText('Sent', { exact: true }).last()).toBeAttached();
		await expect(log(page).getByText('Sending', { exact: true })).toHaveCount(0);
		const stored = () => operator.client.from('messages').select('id').eq('body', 'To Lviv');
		await expect.poll(async () => (await stored()).data).toHaveLength(1);
	}
);

test('a reply shows what it answers, on both sides of an edit and a deletion', async ({
	tenant,
	visit
}) => {
	const operator = await tenant.addMember('operator');
	const page = await visit();
	const id = await say(page, operator, 'Hello');
	const asked = await answer(operator, id, 'Which size?');
	const said = log(page).locator('.said').filter({ hasText: 'Which size?' }).first();
	await said.hover();
	await said.getByRole('button', { name: 'Reply' }).click();
	await expect(field(page)).toBeFocused();
	await write(page, '250 g');
	const quote = log(page).getByRole('button', { name: /Which size\?/ });
	await expect(quote).toBeVisible();
	await expect
		.poll(async () => {
			const { data } = await operator.client
				.from('messages')
				.select('reply_to_seq')
				.eq('body', '250 g')
				.maybeSingle();
			return data?.reply_to_seq;
		})
		.toBe(asked.seq);
	await operator.client
		.rpc('edit_message', { message_id: asked.id, body: '**Which** grind?' })
		.throwOnError();
	await expect(log(page).getByText('edited')).toBeVisible();
	await expect(log(page).getByRole('button', { name: /Which grind\?/ })).toBeVisible();
	await operator.client.rpc('redact_message', { message_id: asked.id }).throwOnError();
	await expect(log(page).getByRole('button', { name: /Message deleted/ })).toBeVisible();
	await expect(log(page).locator('.gone')).toHaveText('Message deleted');
});

test(
	'the agent is shown by the name of today; the window grows and stays so in its tab',
	{ tag: '@long' },
	async ({ tenant, visit }) => {
		const operator = await tenant.addMember('operator');
		const page = await visit();
		const id = await say(page, operator, 'Hello');
		// An answer that is told of before the database shows it.
		const nobody = { contentType: 'application/json', body: '[]' };
		await page.route('**/list_conversation_agents', (route) => route.fulfill(nobody), { times: 1 });
		await answer(operator, id, 'Hi');
		const header = page.getByRole('dialog').locator('header');
		await expect(header).toContainText(operator.name);
		await operator.client
			.from('profiles')
			.update({ display_name: 'Olena Koval', job_title: 'Barista' })
			.eq('id', operator.id)
			.throwOnError();
		await expect(header).toContainText('Olena Koval');
		await expect(header).toContainText('Barista');
		await expect(log(page).locator('.name')).toContainText(['Olena Koval']);

		const panel = page.locator('.panel');
		const width = async () => (await panel.boundingBox())?.width ?? 0;
		const before = await width();
		await page.getByRole('button', { name: 'More', exact: true }).click();
		await page.getByRole('menuitem', { name: 'Larger window' }).click();
		await expect.poll(width).toBeGreaterThan(before + 200);
		await page.reload();
		await page.getByRole('button', { name: 'Open chat' }).click();
		await expect.poll(width).toBeGreaterThan(before + 200);
	}
);

test(
	'an answer sounds, unless the visitor turned it off',
	{ tag: '@long' },
	async ({ tenant, visit }) => {
		const operator = await tenant.addMember('operator');
		const page = await visit();
		await page.evaluate(() => {
			const heard = { tones: 0 };
			const start = OscillatorNode.prototype.start;
			OscillatorNode.prototype.start = function (when) {
				heard.tones++;
				start.call(this, when);
			};
			Object.assign(window, { heard });
		});
		const tones = () =>
			page.evaluate(() => (window as unknown as { heard: { tones: number } }).heard.tones);
		const id = await say(page, operator, 'Hello');
		await answer(operator, id, 'Hi');
		await expect.poll(tones).toBe(2);
		await page.getByRole('button', { name: 'More', exact: true }).click();
		await page.getByRole('menuitem', { name: 'Turn the sound off' }).click();
		await answer(operator, id, 'Still there?');
		await expect(bubbles(page)).toHaveText(['Hello', 'Hi', 'Still there?']);
		expect(await tones()).toBe(2);
	}
);

test.describe('on a phone, in Ukrainian', () => {
	test.use({
		viewport: { width: 390, height: 780 },
		hasTouch: true,
		isMobile: true,
		locale: 'uk-UA'
	});

	test(
		'the list, the picker and a pull that closes',
		{ tag: '@long' },
		async ({ page, shop, tenant }) => {
			const operator = await tenant.addMember('operator');
			await page.goto(shop.page(tenant.site.site_key, { 'data-language': 'uk' }));
			await page.getByRole('button', { name: 'Відкрити чат' }).tap();
			const write = page.getByRole('textbox', { name: 'Повідомлення', exact: true });
			await write.fill('Добрий день');
			await page.getByRole('button', { name: 'Надіслати', exact: true }).tap();
			await expect(bubbles(page)).toHaveText(['Добрий день']);
			await page.getByRole('button', { name: 'Емодзі' }).tap();
			await page.getByRole('searchbox', { name: 'Пошук емодзі' }).fill('кава');
			await page.getByRole('gridcell').first().tap();
			await expect(write).toHaveValue('☕');
			await page.getByRole('button', { name: 'Емодзі', exact: true }).tap();
			await expect(page.getByRole('dialog', { name: 'Емодзі' })).toHaveCount(0);
			await page.getByRole('button', { name: 'Ваші розмови' }).tap();
			await expect(page.getByRole('button', { name: /Ви: Добрий день/ })).toBeVisible();
			await page.getByRole('button', { name: /Ви: Добрий день/ }).tap();

			// A long press on the answer opens what can be done with it.
			const { data } = await operator.client
				.from('messages')
				.select('conversation_id')
				.eq('body', 'Добрий день')
				.single();
			await answer(operator, data?.conversation_id ?? '', 'Вітаю');
			const said = log(page).locator('.said').filter({ hasText: 'Вітаю' });
			await expect(said).toBeVisible();
			const menu = page.getByRole('dialog', { name: 'Дії з повідомленням' });
			await touch(page, said, [{ x: 20, y: 10 }], () => expect(menu).toBeVisible());
			// The finger was lifted over the menu, which is no tap on it; a key takes it away, and nothing else.
			await expect(page.locator('.replying')).toHaveCount(0);
			await expect(menu).toBeVisible();
			await page.keyboard.press('Escape');
			await expect(menu).toHaveCount(0);
			// A pull to the side answers it.
			await touch(page, said, [
				{ x: 20, y: 10 },
				{ x: 60, y: 10 },
				{ x: 110, y: 10 }
			]);
			await expect(page.locator('.replying')).toContainText('Вітаю');
			// As Android's “back”, which no element hears: the answer goes, the chat stays.
			await page
				.locator('chatiq-widget')
				.evaluate(({ shadowRoot }) => (shadowRoot?.activeElement as HTMLElement).blur());
			await page.keyboard.press('Escape');
			await expect(page.locator('.replying')).toHaveCount(0);
			await expect(page.getByRole('dialog')).toBeVisible();
			await touch(page, page.locator('header'), [
				{ x: 150, y: 30 },
				{ x: 150, y: 120 },
				{ x: 150, y: 260 }
			]);
			await expect(page.getByRole('dialog')).toHaveCount(0);
		}
	);
});

/** A finger that goes from place to place, as the browser's own input. */
async function touch(
	page: Page,
	on: ReturnType<Page['locator']>,
	path: { x: number; y: number }[],
	held: () => Promise<void> = () => Promise.resolve()
): Promise<void> {
	const box = await on.boundingBox();
	if (!box) throw new Error('nothing there to touch');
	const session = await page.context().newCDPSession(page);
	const at = ({ x, y }: { x: number; y: number }) => [{ x: box.x + x, y: box.y + y }];
	for (const [index, point] of path.entries()) {
		const type = index === 0 ? 'touchStart' : 'touchMove';
		await session.send('Input.dispatchTouchEvent', { type, touchPoints: at(point) });
	}
	await held();
	await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
	await session.detach();
}

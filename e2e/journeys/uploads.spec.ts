import type { Page } from '@playwright/test';
import * as corpus from '../support/corpus.ts';
import { expect, inList, log, test, write } from '../support/journey.ts';

const picture = { name: 'bag.png', mimeType: 'image/png', buffer: corpus.png(600, 400) };
const paper = {
	name: 'order.pdf',
	mimeType: 'application/pdf',
	buffer: corpus.pdf('/Type/Catalog')
};
const drawing = { name: 'a.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg></svg>') };
/** Several pieces of a file: it cannot be through before the line is cut. */
const large = {
	name: 'long.txt',
	mimeType: 'text/plain',
	buffer: Buffer.alloc(9_000_000, 'long ')
};

interface NewFile {
	name: string;
	mimeType: string;
	buffer: Buffer;
}

const choose = (page: Page, files: NewFile[]) =>
	page.locator('input[type=file]').setInputFiles(files);
const send = (page: Page) => page.getByRole('button', { name: 'Send', exact: true }).click();

/** As if these were dragged from the desktop, or pasted. */
async function hand(page: Page, type: 'drop' | 'paste', target: string, file: NewFile) {
	const transfer = await page.evaluateHandle(
		({ name, mimeType, content }) => {
			const data = new DataTransfer();
			const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
			data.items.add(new File([bytes], name, { type: mimeType }));
			return data;
		},
		{ ...file, content: file.buffer.toString('base64') }
	);
	const field = page.locator(target);
	if (type === 'drop') {
		await field.dispatchEvent('dragover', { dataTransfer: transfer });
		await field.dispatchEvent('drop', { dataTransfer: transfer });
	} else {
		await field.evaluate((element, clipboardData) => {
			const event = { clipboardData, bubbles: true, cancelable: true };
			element.dispatchEvent(new ClipboardEvent('paste', event));
		}, transfer);
	}
}

/** Notes in the page whether the text is ever seen twice. */
const watchDoubles = (page: Page, text: string) =>
	log(page).evaluate((list, once) => {
		Reflect.set(window, 'doubled', false);
		new MutationObserver(() => {
			if (list.textContent.split(once).length > 2) Reflect.set(window, 'doubled', true);
		}).observe(list, { childList: true, subtree: true, characterData: true });
	}, text);

const opened = (page: Page, name: string) =>
	log(page).getByRole('button', { name: `Open ${name}` });

test('files go both ways, are seen, opened and saved', async ({ tenant, signIn, visit }) => {
	const operator = await signIn(await tenant.addMember('operator'));
	const visitor = await visit();
	await write(visitor, 'Look at this');
	await inList(operator, 'Look at this').click();
	await expect(log(operator).getByText('Look at this')).toBeVisible();

	await choose(visitor, [picture, paper]);
	// What has been sent already is still chosen after a reload.
	await expect(visitor.locator('.tray .file-row.ready')).toHaveCount(2);
	await visitor.reload();
	await visitor.getByRole('button', { name: 'Open chat' }).click();
	await expect(visitor.locator('.tray .file-row.ready')).toHaveCount(2);
	await visitor.getByRole('textbox', { name: 'Message' }).fill('Two files');
	await send(visitor);
	await expect(opened(visitor, 'bag.png').locator('img')).toBeVisible();
	await expect(opened(operator, 'bag.png').locator('img')).toBeVisible();
	await expect(log(operator).getByText('Two files')).toBeVisible();

	const saved = operator.waitForEvent('download');
	await log(operator).getByRole('button', { name: 'Download order.pdf' }).click();
	expect((await saved).suggestedFilename()).toBe('order.pdf');

	await hand(operator, 'drop', '[role=log]', { ...picture, name: 'answer.png' });
	await hand(operator, 'paste', 'textarea[aria-describedby]', { ...picture, name: 'second.png' });
	await expect(operator.getByText('second.png')).toBeVisible();
	await send(operator);
	await expect(opened(visitor, 'answer.png').locator('img')).toBeVisible();
	await expect(opened(visitor, 'second.png').locator('img')).toBeVisible();

	for (const page of [visitor, operator]) {
		await opened(page, 'answer.png').click();
		await expect(page.getByRole('dialog', { name: 'answer.png' })).toBeVisible();
		await page.keyboard.press('ArrowRight');
		await expect(page.getByRole('dialog', { name: 'second.png' })).toBeVisible();
		await page.keyboard.press('Escape');
		await expect(page.getByRole('dialog', { name: 'second.png' })).toHaveCount(0);
		await expect(opened(page, 'answer.png')).toBeFocused();
	}
});

test(
	'what is refused says why and can be taken away',
	{ tag: '@long' },
	async ({ tenant, signIn, visit }) => {
		const operator = await signIn(await tenant.addMember('operator'));
		const visitor = await visit();
		await write(visitor, 'Hello');
		await inList(operator, 'Hello').click();
		for (const page of [visitor, operator]) {
			await hand(page, 'drop', '[role=log]', drawing);
			const alert = page.getByRole('alert').filter({ hasText: 'Files of this kind' });
			await expect(alert).toBeVisible();
			await choose(page, [{ ...picture, buffer: Buffer.alloc(10_485_761) }]);
			await expect(page.getByRole('alert').filter({ hasText: '10 MB' })).toBeVisible();
			await page.getByRole('button', { name: 'Remove a.svg' }).click();
			await page.getByRole('button', { name: 'Remove bag.png' }).click();
			await expect(page.getByRole('alert')).toHaveCount(0);
		}
	}
);

test('a cut line and a reload in the middle lose nothing and double nothing', async ({
	tenant,
	signIn,
	visit,
	sql
}) => {
	test.slow();
	const operator = await signIn(await tenant.addMember('operator'));
	const visitor = await visit();
	await write(visitor, 'Here it comes');
	await inList(operator, 'Here it comes').click();
	await expect(log(visitor).getByText('Sent', { exact: true })).toBeAttached();

	for (const page of [visitor, operator]) {
		const name = page === visitor ? 'from-visitor.txt' : 'from-operator.txt';
		let pieces = 0;
		// The first piece passes, the second is cut: a line that dies in the middle.
		await page.route('**/upload/resumable/*', (route) => {
			const piece = route.request().method() === 'PATCH' && ++pieces > 1;
			return piece ? route.abort() : route.continue();
		});
		await choose(page, [{ ...large, name }]);
		await page.getByRole('textbox', { name: /^(Message|Your answer)$/ }).fill(`With ${name}`);
		await send(page);
		await expect.poll(() => pieces).toBeGreaterThan(1);
		await page.reload();
		await page.unroute('**/upload/resumable/*');
		const begun: string[] = [];
		page.on('request', (request) => {
			if (request.url().includes('/upload/resumable')) begun.push(request.method());
		});
		if (page === visitor) await page.getByRole('button', { name: 'Open chat' }).click();
		await watchDoubles(page, `With ${name}`);
		for (const side of [visitor, operator]) {
			// Nine megabytes, looked at twice, on a machine with other work.
			const file = log(side).getByRole('button', { name: `Download ${name}` });
			await expect(file).toHaveCount(1, { timeout: 40_000 });
			await expect(log(side).getByText(`With ${name}`)).toBeVisible();
		}
		expect(await page.evaluate(() => Reflect.get(window, 'doubled') as boolean)).toBe(false);
		// Gone on with, not begun anew.
		expect(begun.filter((method) => method === 'POST')).toEqual([]);
	}
	const stored = await sql`
		select jsonb_array_length(m.attachments) as files from public.messages as m
		where m.organization_id = ${tenant.organization} and m.body like 'With %'`;
	expect(stored.map((row) => Number(row['files']))).toEqual([1, 1]);
});

test(
	'files before any word begin a conversation; one is taken back',
	{ tag: '@long' },
	async ({ tenant, signIn, visit }) => {
		const operator = await signIn(await tenant.addMember('operator'));
		const visitor = await visit();
		await choose(visitor, [picture, { ...picture, name: 'other.png' }]);
		await visitor.getByRole('button', { name: 'Remove other.png' }).click();
		await send(visitor);
		await expect(opened(visitor, 'bag.png').locator('img')).toBeVisible();
		await inList(operator, 'bag.png').click();
		await expect(opened(operator, 'bag.png').locator('img')).toBeVisible();
		await expect(log(operator).getByText('other.png')).toHaveCount(0);
	}
);

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, type Page } from '@playwright/test';
import { expect, inList, log, test, write } from '../support/journey.ts';
import { linkTo } from '../support/mail-link.ts';

/** A customer's website before anything is on it; what is pasted stands at the end of its page. */
async function openWebsite() {
	let pasted = '';
	const server = createServer((_, response) => {
		response.setHeader('content-type', 'text/html; charset=utf-8');
		response.end(
			`<!doctype html><html lang="en"><title>Kavka</title><h1>Kavka</h1>${pasted}</html>`
		);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		origin: `http://localhost:${(server.address() as AddressInfo).port}`,
		paste: (snippet: string) => (pasted = snippet),
		close: () => {
			server.closeAllConnections();
			server.close();
		}
	};
}

const newPage = async (browser: Browser): Promise<Page> =>
	(await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } })).newPage();

async function signUp(page: Page, person: { name: string; email?: string; password: string }) {
	await page.getByLabel('Your name').fill(person.name);
	if (person.email) await page.getByLabel('E-mail').fill(person.email);
	await page.getByLabel('Password', { exact: true }).fill(person.password);
	await page.getByRole('button', { name: 'Sign up' }).click();
	await expect(page.getByRole('heading', { name: 'Look into your mailbox' })).toBeVisible();
}

test('ten minutes: from sign-up to a chat that a second operator answers', async ({
	backend,
	browser
}) => {
	const website = await openWebsite();
	const [owner, colleague] = ['Olena Owner', 'Taras Teammate'].map((name) => ({
		name,
		email: `${randomUUID()}@people.test`,
		password: `a sentence ${randomUUID()}`
	})) as [Person, Person];
	try {
		const page = await newPage(browser);
		await test.step('an account, confirmed by mail', async () => {
			await page.goto(`${backend.url}/signup`);
			await signUp(page, owner);
			await page.goto(await linkTo(backend, owner.email, '/auth/confirm'));
			await page.getByRole('button', { name: 'Confirm and go on' }).click();
		});
		await test.step('an organisation and a site', async () => {
			await page.getByLabel('Name of your organisation').fill('Kavka Coffee');
			await page.getByLabel('Address of your website').fill(website.origin);
			await page.getByRole('button', { name: 'Create' }).click();
			await expect(page.getByRole('heading', { name: 'First steps' })).toBeVisible();
			await expect(page.getByText('2 of 6')).toBeVisible();
		});
		const visitor = await newPage(browser);
		await test.step('the snippet, pasted and noticed', async () => {
			const look = page.getByRole('button', { name: 'Look' });
			await page.getByText('The chat does not appear?').click();
			await look.click();
			await expect(page.getByText('The page does not have the code.')).toBeVisible();
			website.paste((await page.getByLabel('Code for your website').textContent()) ?? '');
			await look.click();
			const opened = await page.getByRole('link', { name: 'Open the page' }).getAttribute('href');
			await visitor.goto(opened ?? '');
			await expect(page.getByText(`Seen on ${website.origin}`)).toBeVisible();
		});
		await test.step('the first message', async () => {
			await visitor.getByRole('button', { name: 'Open chat' }).click();
			await write(visitor, 'Do you have beans from Ethiopia?');
			await expect(page.getByText('4 of 6')).toBeVisible();
		});
		await test.step('a colleague, invited, signs up from the invitation', async () => {
			await page.getByLabel('E-mail of a colleague').fill(colleague.email);
			await page.getByRole('button', { name: 'Invite' }).click();
			await expect(page.getByText('1 invitation is on its way')).toBeVisible();
		});
		const desk = await newPage(browser);
		await test.step('who comes from the invitation is back there after signing up', async () => {
			await desk.goto(await linkTo(backend, colleague.email, '/invitation/'));
			await desk.getByRole('link', { name: 'Create an account to join' }).click();
			await expect(desk.getByLabel('E-mail')).toHaveValue(colleague.email);
			await signUp(desk, { name: colleague.name, password: colleague.password });
			await desk.goto(await linkTo(backend, colleague.email, '/auth/confirm'));
			await desk.getByRole('button', { name: 'Confirm and go on' }).click();
			await desk.getByRole('button', { name: 'Join' }).click();
		});
		await test.step('and answers', async () => {
			await inList(desk, 'Do you have beans').click();
			await expect(log(desk).getByText('Do you have beans')).toBeVisible();
			await write(desk, 'Yes, Yirgacheffe.');
			await expect(log(visitor).getByText('Yes, Yirgacheffe.')).toBeVisible();
		});
	} finally {
		website.close();
	}
});

interface Person {
	name: string;
	email: string;
	password: string;
}

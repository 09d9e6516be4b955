import AxeBuilder from '@axe-core/playwright';
import type { BrowserContext, Page } from '@playwright/test';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { PushedNotification } from '@chatiq/contracts/notifications';
import { type Backend, connect } from '../support/backend.ts';
import { passTime } from '../support/jobs.ts';
import { expect, test } from '../support/journey.ts';
import { startPushService } from '../support/push-service.ts';
import type { Shop } from '../support/shop.ts';
import { openSession, type Person, type Tenant } from '../support/tenant.ts';

const bell = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

/** Counts the notes that a page plays: a chime has two. */
async function listen(context: BrowserContext): Promise<void> {
	await context.grantPermissions(['notifications']);
	await context.addInitScript(() => {
		let notes = 0;
		const { start } = OscillatorNode.prototype;
		OscillatorNode.prototype.start = function (...at) {
			notes += 1;
			start.apply(this, at);
		};
		Object.defineProperty(window, 'notesPlayed', { get: () => notes });
	});
}

const chimes = async (pages: Page[]) => {
	const notes = await Promise.all(
		pages.map((page) => page.evaluate(() => (window as { notesPlayed?: number }).notesPlayed ?? 0))
	);
	return notes.reduce((sum, count) => sum + count, 0) / 2;
};

interface World {
	backend: Backend;
	tenant: Tenant;
	shop: Shop;
}

async function newVisitor({ backend, tenant, shop }: World, body: string) {
	const { site_key } = tenant.site;
	const session = await openSession(backend, { site_key }, shop.origin);
	const client = connect(backend, session.token);
	const conversation_id = uuidv7();
	await client
		.rpc('start_conversation', {
			...{ conversation_id, message_id: uuidv7(), body },
			visitor: { name: 'Ann' }
		})
		.throwOnError();
	const say = (text: string) =>
		client
			.rpc('send_visitor_message', { conversation_id, message_id: uuidv7(), body: text })
			.throwOnError();
	return { conversation_id, say };
}

/** What became of the newest notification, as the backend has it. */
async function steps({ client }: Person): Promise<string[]> {
	const { data } = await client.rpc('list_notifications').throwOnError();
	const page = data as unknown as { notifications: { steps: { step: string }[] }[] };
	return page.notifications[0]?.steps.map(({ step }) => step) ?? [];
}

test('one of two tabs rings and tells; what is looked at or switched off is silent', async ({
	backend,
	tenant,
	shop,
	signIn
}) => {
	const person = await tenant.addMember('operator');
	const first = await signIn(person);
	await listen(first.context());
	await first.reload();
	const second = await first.context().newPage();
	await second.goto(`${backend.url}/inbox`);
	const tabs = [first, second];
	for (const tab of tabs) {
		await expect(tab.getByText('All answered')).toBeVisible();
		await tab.getByRole('heading', { name: 'Inbox' }).click();
	}
	const ann = await newVisitor({ backend, tenant, shop }, 'Is anybody there?');
	for (const tab of tabs) await expect(bell(tab, '1 unread notification')).toBeVisible();
	await expect.poll(() => steps(person)).toEqual(expect.arrayContaining(['arrived', 'rang']));
	expect(await chimes(tabs)).toBe(1);
	await expect(second).toHaveTitle(/^\(1\)/);
	await expect
		.poll(() => second.locator('link[rel=icon]').getAttribute('href'))
		.toMatch(/^data:image\/png/);

	await bell(second, '1 unread notification').click();
	await second.getByRole('button', { name: 'What happened to this notification' }).click();
	await expect(second.getByText('A sound was played.')).toBeVisible();
	expect((await new AxeBuilder({ page: second }).analyze()).violations).toEqual([]);
	await second.getByRole('link', { name: /Ann is waiting for an answer/ }).click();
	await second.waitForURL(`**/inbox/${ann.conversation_id}`);
	for (const tab of tabs) await expect(bell(tab, 'Notifications')).toBeVisible();

	// The conversation is mine and in front of me: its next words make no noise in any tab.
	await person.client
		.rpc('assign_conversation', {
			conversation_id: ann.conversation_id,
			assignee_id: person.id
		})
		.throwOnError();
	await ann.say('Are you still there?');
	await expect(second.getByRole('log').getByText('Are you still there?')).toBeVisible();
	await expect.poll(() => steps(person)).toContain('visible');
	expect(await chimes(tabs)).toBe(1);

	await second.goto(`${backend.url}/settings/notifications`);
	const waits = second.getByRole('group', { name: 'A visitor waits, and nobody is assigned' });
	await waits.getByRole('checkbox', { name: 'List' }).uncheck();
	await expect(second.getByText('Saved')).toBeVisible();
	await expect(waits.getByRole('checkbox', { name: 'Sound' })).not.toBeChecked();
	await second.getByLabel('Hold back at certain times').check();
	await expect(second.getByLabel('From')).toHaveValue('22:00');
	expect((await new AxeBuilder({ page: second }).analyze()).violations).toEqual([]);
	await newVisitor({ backend, tenant, shop }, 'Nobody hears me');
	await expect(first.getByText('Nobody hears me')).toBeVisible();
	await expect(bell(first, 'Notifications')).toBeVisible();
	expect(await chimes([first])).toBeLessThanOrEqual(1);
});

test('a push comes when the console is closed, its click opens the conversation, and no network says so', async ({
	backend,
	tenant,
	shop,
	signIn,
	sql
}) => {
	const person = await tenant.addMember('operator');
	const service = await startPushService();
	await sql`insert into private.settings (key, value) values ('push_origins', ${service.origin})
		on conflict (key) do update set value = excluded.value`;
	await person.client
		.rpc('save_push_subscription', { ...service.subscribe(), device: 'Phone' })
		.throwOnError();
	// Nobody is at a console.
	const ann = await newVisitor({ backend, tenant, shop }, 'Hello from outside');
	const first = () =>
		service.received
			.map(({ message }) => message as PushedNotification)
			.find(({ title }) => title === 'Ann is waiting for an answer');
	await expect
		.poll(async () => {
			// Too much of it, and a second word is due beside the first.
			if (service.received.length === 0) await passTime(sql, tenant.organization);
			return first();
		})
		.toMatchObject({ body: 'Hello from outside' });

	const page = await signIn(person);
	await page.context().grantPermissions(['notifications']);
	const worker = await serviceWorker(page);
	const push = () =>
		worker.evaluate((data) => {
			const { PushEvent } = self as unknown as WorkerScope;
			self.dispatchEvent(new PushEvent('push', { data: JSON.stringify(data) }));
		}, first());
	const click = () =>
		worker.evaluate(async () => {
			const { registration, NotificationEvent } = self as unknown as WorkerScope;
			const shown = await registration.getNotifications();
			// The console tells of the wait by itself as well, as time passes.
			const notification = shown.find(({ title }) => title === 'Ann is waiting for an answer');
			if (!notification) throw new Error('There is no notification');
			self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
		});
	const shown = () =>
		worker.evaluate(async () => {
			const { registration } = self as unknown as WorkerScope;
			return (await registration.getNotifications()).map(({ title }) => title);
		});
	// A page that has come to life goes there itself; one without an ear is taken there.
	for (const from of ['/inbox', '/en']) {
		await page.goto(backend.url + from);
		await push();
		await expect.poll(shown).toContain('Ann is waiting for an answer');
		await click();
		await page.waitForURL(`**/inbox/${ann.conversation_id}`);
	}

	// Nothing but files of the build, and the page that says that there is no network.
	const kept = await page.evaluate(async () => {
		const names = await caches.keys();
		const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
		return all.flat().map(({ url }) => new URL(url).pathname);
	});
	expect(kept).toContain('/offline.html');
	expect(kept.filter((path) => !/^\/(_app\/immutable\/.+|offline\.html)$/.test(path))).toEqual([]);
	await page.context().setOffline(true);
	await page.goto(`${backend.url}/inbox`);
	await expect(page.getByRole('heading', { name: 'You are offline' })).toBeVisible();
	expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
	await page.getByRole('button', { name: 'Try again' }).click();
	await expect(page.getByText('Still no connection.')).toBeVisible();
	// A server that was away, unlike the network, comes back without the browser telling of it.
	await page.evaluate(() =>
		addEventListener('online', (event) => event.stopImmediatePropagation(), true)
	);
	await page.context().setOffline(false);
	await expect(page.getByText('Hello from outside')).toBeVisible();
	await service.close();
});

/** What is tried of the global scope of a service worker: TypeScript has either its types or those of pages. */
interface WorkerScope {
	registration: ServiceWorkerRegistration;
	PushEvent: new (type: 'push', init: { data: string }) => Event;
	NotificationEvent: new (type: 'notificationclick', init: { notification: Notification }) => Event;
}

async function serviceWorker(page: Page) {
	await page.evaluate(async () => {
		await navigator.serviceWorker.ready;
	});
	const [worker] = page.context().serviceWorkers();
	return worker ?? page.context().waitForEvent('serviceworker');
}

import { rm } from 'node:fs/promises';
import { expect, inList, log, test as base, write } from '../support/journey.ts';
import { type ServedBackend, startServedBackend } from '../support/serve.ts';
import { newDataDirectory } from '../support/stack.ts';

interface Served {
	served: { current: ServedBackend; restart(): Promise<void> };
}

/** A stack of this test's own, which it may kill and start again on the same data and port. */
const test = base.extend<Served>({
	// eslint-disable-next-line no-empty-pattern -- Playwright reads the fixture's dependencies from the pattern
	served: async ({}, use) => {
		const dataDirectory = await newDataDirectory();
		const served = {
			current: await startServedBackend({ dataDirectory, port: 0 }),
			async restart() {
				const port = Number(new URL(served.current.backend.url).port);
				served.current = await startServedBackend({ dataDirectory, port });
			}
		};
		await use(served);
		await served.current.close();
		await rm(dataDirectory, { recursive: true, force: true });
	},
	backend: ({ served }, use) => use(served.current.backend)
});

test(
	'the server is killed in mid-conversation; nothing written before, during or after is lost',
	{ tag: '@long' },
	async ({ served, tenant, signIn, visit }) => {
		const operator = await signIn(await tenant.addMember('owner'));
		const visitor = await visit();
		await write(visitor, 'Before the crash');
		await inList(operator, 'Before the crash').click();
		await expect(log(operator).getByText('Before the crash')).toBeVisible();
		await write(operator, 'Answered in time');
		await expect(log(visitor).getByText('Answered in time')).toBeVisible();

		await served.current.kill();
		await write(visitor, 'Written into the void');
		await expect(log(visitor).getByText('Written into the void')).toBeVisible();
		await served.restart();

		await expect(log(operator).getByText('Written into the void')).toBeVisible({ timeout: 30_000 });
		await write(operator, 'Still here');
		await expect(log(visitor).getByText('Still here')).toBeVisible({ timeout: 30_000 });
		for (const side of [visitor, operator]) {
			const texts = await log(side).innerText();
			const order = [
				'Before the crash',
				'Answered in time',
				'Written into the void',
				'Still here'
			].map((text) => [texts.indexOf(text), texts.lastIndexOf(text)]);
			expect(order.every(([first, last]) => first === last && (first ?? -1) >= 0)).toBe(true);
			expect(order.map(([at]) => at)).toEqual(
				order.map(([at]) => at).sort((a, b) => (a ?? 0) - (b ?? 0))
			);
		}
	}
);

import { expect, it } from 'vitest';
import { About } from './about.svelte.ts';
import type { Visitor } from './api.ts';
import { FakeBackend, there } from './fake-api.ts';

/** A backend whose answers about the visitor come when the test says so. */
function setup() {
	const backend = new FakeBackend();
	backend.write('a', 'Hello');
	const asked: ((email: string) => void)[] = [];
	backend.visitor = (id) =>
		new Promise((resolve) => asked.push((email) => resolve({ id, email } as Visitor)));
	const row = there(backend.rows.get('a'));
	const about = new About('a', backend, () => row.person_id);
	const answer = async (email: string) => {
		there(asked.shift())(email);
		await new Promise((resolve) => setTimeout(resolve));
	};
	return { about, row, asked, answer };
}

it('reads the visitor again when the list calls it otherwise, also without an event', async () => {
	const { about, row, asked, answer } = setup();
	about.named(row);
	void about.load();
	await answer('old@kavka.test');
	about.named({ ...row, last_seq: 2 });
	expect(asked).toHaveLength(0);
	about.named({ ...row, visitor_email: 'new@kavka.test' });
	await answer('new@kavka.test');
	expect(about.visitor?.email).toBe('new@kavka.test');
});

it('never shows an answer of before a change after the one that has it', async () => {
	const { about, asked, answer } = setup();
	void about.load();
	about.changed();
	about.changed();
	expect(asked).toHaveLength(1);
	await answer('old@kavka.test');
	await answer('new@kavka.test');
	expect(about.visitor?.email).toBe('new@kavka.test');
	expect(asked).toHaveLength(0);
});

import { afterEach, expect, it } from 'vitest';
import { focusRow, keepFocus } from '../row-focus.ts';

let stop = () => {};
afterEach(() => {
	stop();
	document.body.replaceChildren();
});

function list() {
	const nav = document.createElement('nav');
	for (const id of ['one', 'two']) {
		const row = document.createElement('a');
		row.href = '#';
		row.dataset['conversation'] = id;
		row.append(id);
		nav.append(row);
	}
	const field = document.createElement('input');
	document.body.append(nav, field);
	stop = keepFocus(nav);
	const rowOf = (id: string) => nav.querySelector<HTMLElement>(`[data-conversation=${id}]`);
	return { nav, field, rowOf };
}

const focused = () => (document.activeElement as HTMLElement).dataset['conversation'];

it('goes on to the row that is opened, also when the last one got it back in between', async () => {
	const { nav, rowOf } = list();
	focusRow('one');
	expect(focused()).toBe('one');
	// As SvelteKit does, which takes the focus away before it changes the page.
	rowOf('one')?.blur();
	nav.append(document.createElement('hr'));
	await expect.poll(focused).toBe('one');
	focusRow('two');
	expect(focused()).toBe('two');
});

it('goes to the neighbour when its row goes, and leaves alone who writes', async () => {
	const { field, rowOf } = list();
	focusRow('one');
	rowOf('one')?.remove();
	await expect.poll(focused).toBe('two');
	field.focus();
	focusRow('two');
	expect(document.activeElement).toBe(field);
});

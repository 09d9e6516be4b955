import '../../../app.css';
import { expect, it } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import Question from './Question.svelte';

const dialog = () => page.getByRole('dialog', { name: 'Really?' });
const ask = () => page.getByRole('button', { name: 'Ask' });

it('takes the focus, keeps the page behind it out of reach, and gives the focus back', async () => {
	await render(Question, { closeLabel: 'Close' });
	await ask().click();
	await expect.element(dialog()).toBeVisible();
	for (let step = 0; step < 4; step++) {
		await userEvent.keyboard('{Tab}');
		// The browser's own buttons come in between; nothing of the page behind does.
		expect(document.activeElement).not.toBe(ask().element());
	}
	await userEvent.keyboard('{Escape}');
	expect(dialog().query()).toBeNull();
	await expect.element(ask()).toHaveFocus();
});

it('closes by its button and by a click beside it', async () => {
	await render(Question, { closeLabel: 'Close' });
	await ask().click();
	await page.getByRole('button', { name: 'Close' }).click();
	expect(dialog().query()).toBeNull();
	await ask().click();
	await dialog().click({ position: { x: -20, y: -20 }, force: true });
	await expect.poll(() => dialog().query()).toBeNull();
});

it('that must be answered stays when nobody answers', async () => {
	await render(Question);
	await ask().click();
	await userEvent.keyboard('{Escape}');
	await expect.element(dialog()).toBeVisible();
	await page.getByRole('button', { name: 'Yes' }).click();
	expect(dialog().query()).toBeNull();
	await expect.element(ask()).toHaveFocus();
});

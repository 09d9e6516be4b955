import '../../../app.css';
import { expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import Menu from './Menu.svelte';

const button = () => page.getByRole('button', { name: 'Fruit' });
const choice = (name: string) => page.getByRole('button', { name });

it('opens by its button, closes by Esc and by a click elsewhere, and is empty while closed', async () => {
	await render(Menu, { onchoose: vi.fn() });
	expect(choice('Pear').query()).toBeNull();
	await button().click();
	await expect.element(choice('Pear')).toBeVisible();
	await expect.element(button()).toHaveAttribute('aria-expanded', 'true');
	await userEvent.keyboard('{Escape}');
	await expect.element(button()).toHaveAttribute('aria-expanded', 'false');
	expect(choice('Pear').query()).toBeNull();
	await expect.element(button()).toHaveFocus();
	await button().click();
	await choice('Elsewhere').click();
	await expect.element(button()).toHaveAttribute('aria-expanded', 'false');
});

it('is walked through with the arrows, round its ends, and closes with a choice', async () => {
	const onchoose = vi.fn();
	const { component } = await render(Menu, { onchoose });
	await (component as { show: () => Promise<void> }).show();
	await expect.element(choice('Apple')).toHaveFocus();
	await userEvent.keyboard('{ArrowUp}');
	await expect.element(choice('Plum')).toHaveFocus();
	await userEvent.keyboard('{ArrowDown}{ArrowDown}');
	await expect.element(choice('Pear')).toHaveFocus();
	await userEvent.keyboard('{Enter}');
	expect(onchoose).toHaveBeenCalledExactlyOnceWith('Pear');
	await expect.element(button()).toHaveAttribute('aria-expanded', 'false');
});

it.each([
	['below a button at the top', 'top: 20px'],
	['above a button at the bottom', 'bottom: 20px']
])('stands %s, inside the window', async (_, at) => {
	await render(Menu, { onchoose: vi.fn(), at });
	await button().click();
	await expect.element(choice('Plum')).toBeVisible();
	const [menu, trigger] = [choice('Plum').element(), button().element()].map((element) =>
		element.getBoundingClientRect()
	);
	if (at.startsWith('top')) expect(menu?.top).toBeGreaterThan(trigger?.bottom ?? NaN);
	else expect(menu?.bottom).toBeLessThan(trigger?.top ?? NaN);
	expect(menu?.right).toBeLessThanOrEqual(innerWidth);
	expect(menu?.bottom).toBeLessThanOrEqual(innerHeight);
});

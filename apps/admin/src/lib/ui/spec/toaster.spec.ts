import '../../../app.css';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import Toaster from '../Toaster.svelte';
import { toasts } from '../toasts.svelte.ts';

beforeEach(async () => {
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
	await render(Toaster, { label: 'Notices', dismissLabel: 'Dismiss', edge: 'bottom' });
});
afterEach(() => {
	for (const { id } of toasts.list) toasts.dismiss(id);
	vi.useRealTimers();
});

const notice = (text: string) => page.getByRole('group').filter({ hasText: text });

it('stays while somebody reads it, then goes and says so', async () => {
	const onlapse = vi.fn();
	toasts.show('Message deleted', { onlapse });
	await expect.element(notice('Message deleted')).toBeVisible();
	await notice('Message deleted').hover();
	vi.advanceTimersByTime(20_000);
	await expect.element(notice('Message deleted')).toBeVisible();
	await notice('Message deleted').unhover();
	vi.advanceTimersByTime(6000);
	await expect.poll(() => notice('Message deleted').query()).toBeNull();
	expect(onlapse).toHaveBeenCalledOnce();
});

it('does what it offers, once, and is then not over by itself', async () => {
	const [run, onlapse] = [vi.fn(), vi.fn()];
	toasts.show('Closed', { action: { label: 'Undo', run }, onlapse });
	await page.getByRole('button', { name: 'Undo' }).click();
	vi.advanceTimersByTime(20_000);
	expect([run.mock.calls.length, onlapse.mock.calls.length]).toEqual([1, 0]);
	expect(notice('Closed').query()).toBeNull();
});

it('shows three at most; the oldest makes room', async () => {
	for (const text of ['One', 'Two', 'Three', 'Four']) toasts.show(text);
	await expect.element(notice('Four')).toBeVisible();
	expect(notice('One').query()).toBeNull();
	expect(page.getByRole('group').elements()).toHaveLength(3);
});

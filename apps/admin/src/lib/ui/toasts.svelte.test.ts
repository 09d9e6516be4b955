import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { toasts } from './toasts.svelte.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
	for (const { id } of toasts.list) toasts.dismiss(id);
	vi.useRealTimers();
});

const texts = () => toasts.list.map(({ text }) => text);

it('takes back what was done last, and tries nothing again that failed', () => {
	const done: string[] = [];
	const offer = (label: string) => ({ action: { label, run: () => void done.push(label) } });
	toasts.show('Closed', offer('reopen'));
	toasts.show('Saved');
	toasts.show('Not sent', { tone: 'danger', ...offer('again') });
	toasts.undo();
	toasts.undo();
	expect(done).toEqual(['reopen']);
	expect(texts()).toEqual(['Saved', 'Not sent']);
});

it('goes by itself, but what lasts stays until somebody has seen to it', () => {
	toasts.show('40 conversations changed', { lasting: true });
	toasts.show('Saved');
	toasts.pause(toasts.list[0]?.id ?? 0);
	toasts.resume(toasts.list[0]?.id ?? 0);
	vi.advanceTimersByTime(60_000);
	expect(texts()).toEqual(['40 conversations changed']);
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TabClaim } from './tab-claim.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The locks and the channel that the tabs of one browser share. */
function browser() {
	const held = new Set<string>();
	const listeners: ((event: { data: unknown }) => void)[] = [];
	const locks = {
		async request(
			name: string,
			_: { ifAvailable: true },
			callback: (lock: unknown) => Promise<unknown>
		) {
			if (held.has(name)) return callback(null);
			held.add(name);
			try {
				return await callback({ name });
			} finally {
				held.delete(name);
			}
		}
	};
	return (withLocks = true): TabClaim => {
		const mine: typeof listeners = [];
		return new TabClaim(withLocks ? locks : undefined, {
			addEventListener: (_, listener) => {
				mine.push(listener);
				listeners.push(listener);
			},
			postMessage: (data: unknown) => {
				for (const listener of listeners) if (!mine.includes(listener)) listener({ data });
			},
			close: () => undefined
		});
	};
}

it('gives something to one of the tabs that ask at once', async () => {
	const open = browser();
	const tabs = [open(), open(), open()];
	const answers = await Promise.all(tabs.map((tab) => tab.take('a:1')));
	expect(answers).toEqual([true, false, false]);
});

it('does not give it again, neither to a tab that wakes up late nor to the same', async () => {
	const open = browser();
	const [first, late] = [open(), open()];
	expect(await first.take('a:1')).toBe(true);
	await vi.advanceTimersByTimeAsync(60_000);
	expect(await late.take('a:1')).toBe(false);
	expect(await first.take('a:1')).toBe(false);
	expect(await late.take('a:2')).toBe(true);
});

it('tells the others by the channel alone where there are no locks', async () => {
	const open = browser();
	const [first, second] = [open(false), open(false)];
	expect(await first.take('a:1')).toBe(true);
	expect(await second.take('a:1')).toBe(false);
});

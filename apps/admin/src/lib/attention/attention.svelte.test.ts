import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Attention } from './attention.svelte.ts';
import { fakeAttention, notification } from './fake-attention.ts';
import { NotificationCenter, type ListedNotification } from './notification-center.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Tab {
	armed?: boolean;
	inView?: boolean;
	allowed?: boolean;
}

/** Tabs of one browser, over one backend. */
function open(tabs: Tab[], listed: ListedNotification[] = []) {
	const backend = fakeAttention(listed);
	const taken = new Set<string>();
	const rang: number[] = [];
	const shown: string[] = [];
	const closed: string[] = [];
	const opened = tabs.map(({ armed = true, inView = false, allowed = true }, tab) => {
		const listener: Record<string, (payload: never) => void> = {};
		const attention = new Attention({
			api: backend.api,
			center: new NotificationCenter(backend.api),
			chime: {
				armed,
				play: () => {
					if (armed) rang.push(tab);
					return Promise.resolve(armed);
				}
			},
			desktop: {
				show: ({ title }) => {
					if (allowed) shown.push(title);
					return Promise.resolve(allowed);
				},
				close: (tags) => {
					closed.push(...tags);
					return Promise.resolve();
				}
			},
			tabs: {
				take: (key) => Promise.resolve(!taken.has(key) && taken.add(key).size > 0)
			},
			inView: () => inView,
			text: ({ id }) => ({ title: id, body: '', tag: id, path: '/inbox' }),
			follow: ({ on }) => {
				Object.assign(listener, on);
				return () => undefined;
			}
		});
		attention.connect();
		return { attention, listener };
	});
	const tell = async (one: ListedNotification) => {
		for (const { listener } of opened) listener['notification_told']?.(one as never);
		await vi.runAllTimersAsync();
	};
	return { ...backend, rang, shown, closed, tell, opened };
}

it('rings and shows in one tab only, by preference in one that may sound', async () => {
	const { tell, rang, shown, recorded } = open([{ armed: false }, {}, {}]);
	const one = notification();
	await tell(one);
	expect([rang, shown]).toEqual([[1], [one.id]]);
	expect(recorded).toEqual([{ id: one.id, steps: ['arrived', 'rang', 'shown'] }]);
});

it('is silent in every tab when somebody looks at the conversation in one', async () => {
	const { tell, rang, shown, recorded } = open([{}, { inView: true }]);
	const one = notification();
	await tell(one);
	expect([rang, shown]).toEqual([[], []]);
	expect(recorded).toEqual([{ id: one.id, steps: ['arrived', 'visible'] }]);
});

it('does what the channels say and nothing else', async () => {
	const { tell, rang, shown, recorded } = open([{}]);
	await tell(notification({ id: 'list', channels: ['list'] }));
	await tell(notification({ id: 'sound', channels: ['list', 'sound'] }));
	expect([rang, shown]).toEqual([[0], []]);
	expect(recorded.map(({ steps }) => steps)).toEqual([['arrived'], ['arrived', 'rang']]);
});

it('tells why nothing was heard', async () => {
	const { tell, recorded } = open([{ armed: false, allowed: false }]);
	await tell(notification());
	expect(recorded[0]?.steps).toEqual(['arrived', 'muted', 'blocked']);
});

it('rings again for a later word, and goes on when a record could not be written', async () => {
	const warn = vi.spyOn(console, 'warn').mockReturnValue();
	const { tell, rang, state } = open([{}]);
	const one = notification();
	await tell(one);
	state.refuse = true;
	await tell({ ...one, round: 2 });
	expect([rang, warn.mock.calls.length]).toEqual([[0, 0], 1]);
	warn.mockRestore();
});

it('catches up after a sleep: what is new and was heard nowhere, not what is old or was', async () => {
	const now = Date.now();
	const ago = (ms: number) => new Date(now - ms).toISOString();
	const fresh = notification({ told_at: ago(60_000) });
	const { opened, rang, recorded } = open(
		[{}],
		[
			fresh,
			notification({ told_at: ago(61_000), steps: [step('rang')] }),
			notification({ told_at: ago(62_000), read_at: ago(1) }),
			notification({ told_at: ago(600_000) })
		]
	);
	const caughtUp = opened[0]?.attention.catchUp(now);
	await vi.runAllTimersAsync();
	await caughtUp;
	expect([rang, recorded.map(({ id }) => id)]).toEqual([[0], [fresh.id]]);
});

it('takes away what was read elsewhere', () => {
	const { opened, closed } = open([{}]);
	opened[0]?.listener['notifications_read']?.({ ids: ['a'] } as never);
	expect(closed).toEqual(['a']);
});

const step = (name: 'rang') => ({ step: name, detail: '', round: 1, at: '' });

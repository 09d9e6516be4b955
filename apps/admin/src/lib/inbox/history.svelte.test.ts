import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pageSize } from './api.ts';
import { FakeBackend, me, there } from './fake-api.ts';
import { History } from './history.svelte.ts';

async function setup(written = 1000) {
	const backend = new FakeBackend();
	for (let i = 1; i <= written; i++) backend.write('a', `message ${i}`, { silent: true });
	const history = new History('a', backend);
	history.end.showEnd(await backend.messagesBefore('a', written + 1));
	const shown = () => {
		const seqs = history.shown.messages.map(({ seq }) => seq);
		expect(seqs).toEqual(seqs.map((_, index) => there(seqs[0]) + index));
		return [seqs[0], seqs.at(-1)];
	};
	return { backend, history, shown };
}

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

it('opens around an old message in one request, and marks it for a while', async () => {
	const { backend, history, shown } = await setup();
	const asked = backend.calls.length;
	await history.jump(300);
	expect(shown()).toEqual([285, 314]);
	expect(backend.calls).toHaveLength(asked + 1);
	expect([history.target, history.marked]).toEqual([300, 300]);
	vi.advanceTimersByTime(5000);
	expect(history.marked).toBeNull();
});

it('pages both ways until it has grown together with the end', async () => {
	const { history, shown } = await setup();
	await history.jump(700);
	await history.loadOlder();
	expect(shown()).toEqual([655, 714]);
	await history.loadNewer();
	expect(shown()).toEqual([655, 714 + pageSize.after]);
	expect(history.around).not.toBeNull();
	await history.loadNewer();
	expect(history.around).toBeNull();
	expect(shown()).toEqual([655, 1000]);
	expect(history.end.grewAtTop).toBe(false);
});

it('stays in what is loaded when the message is there', async () => {
	const { backend, history, shown } = await setup();
	const asked = backend.calls.length;
	await history.jump(980);
	expect(history.around).toBeNull();
	await history.jump(300);
	await history.jump(990);
	expect(shown()).toEqual([971, 1000]);
	expect(backend.calls).toHaveLength(asked + 1);
});

it('keeps changes in both places, and new messages for the end', async () => {
	const { backend, history } = await setup();
	await history.jump(10);
	history.replace({ ...there(history.around?.messages[0]), body: 'edited', change_seq: 1 });
	expect(history.shown.messages[0]?.body).toBe('edited');
	history.end.showEnd([backend.write('a', 'new', { by: me })]);
	history.toEnd();
	expect(history.shown.lastSeq).toBe(1001);
});

it('tells when there is no such message, and when it cannot be had', async () => {
	const { backend, history } = await setup(40);
	await history.jump(41);
	expect(history.absent).toBe(true);
	backend.reachable = false;
	await history.jump(2);
	expect([history.failure, history.target]).toEqual(['unreachable', null]);
	backend.reachable = true;
	await history.jump(2);
	expect([history.failure, history.target, history.absent]).toEqual([null, 2, false]);
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DraftSync, type DraftApi, type Texts } from './draft-sync.ts';
import { Drafts } from './drafts.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** One account, and devices of it. */
function setup() {
	const server = new Map<string, Texts>();
	let reachable = true;
	const saves: string[] = [];
	const api: DraftApi = {
		read: (id) =>
			reachable ? Promise.resolve(server.get(id) ?? {}) : Promise.reject(new Error('no network')),
		save: (id, mode, text) => {
			if (!reachable) return Promise.reject(new Error('no network'));
			saves.push(text);
			server.set(id, { ...server.get(id), [mode]: text });
			return Promise.resolve();
		}
	};
	const device = () => {
		const kept = new Map<string, string>();
		const storage = {
			getItem: (key: string) => kept.get(key) ?? null,
			setItem: (key: string, value: string) => void kept.set(key, value),
			removeItem: (key: string) => void kept.delete(key)
		};
		const drafts = new Drafts(() => storage, 'me');
		return { drafts, sync: new DraftSync(api, drafts) };
	};
	return { device, saves, cut: (cut: boolean) => (reachable = !cut) };
}

const settle = () => vi.advanceTimersByTimeAsync(2000);

it('carries a draft to another device, and its end', async () => {
	const { device, saves } = setup();
	const [desk, phone] = [device(), device()];
	for (const text of ['H', 'He', 'Hello']) desk.drafts.write('a', 'reply', text);
	await settle();
	expect(saves).toEqual(['Hello']);
	expect(await phone.sync.pull('a')).toEqual({ reply: 'Hello' });
	expect(phone.drafts.read('a', 'reply')).toBe('Hello');
	phone.drafts.write('a', 'reply', '');
	await settle();
	expect(await desk.sync.pull('a')).toEqual({ reply: '' });
	expect(await desk.sync.pull('a')).toEqual({});
});

it('keeps what was changed here', async () => {
	const { device } = setup();
	const [desk, phone] = [device(), device()];
	desk.drafts.write('a', 'note', 'from the desk');
	await settle();
	phone.drafts.write('a', 'note', 'from the phone');
	expect(await phone.sync.pull('a')).toEqual({});
	await settle();
	expect(phone.drafts.read('a', 'note')).toBe('from the phone');
	expect(await desk.sync.pull('a')).toEqual({ note: 'from the phone' });
});

it('loses nothing without a connection', async () => {
	const { device, cut } = setup();
	vi.spyOn(console, 'warn').mockImplementation(() => undefined);
	const [desk, phone] = [device(), device()];
	cut(true);
	desk.drafts.write('a', 'reply', 'offline');
	await settle();
	expect(await desk.sync.pull('a')).toEqual({});
	cut(false);
	expect(await desk.sync.pull('a')).toEqual({});
	await settle();
	expect(await phone.sync.pull('a')).toEqual({ reply: 'offline' });
});

it('goes out at once when the page is left, and again when the connection is back', async () => {
	const { device, saves, cut } = setup();
	vi.spyOn(console, 'warn').mockImplementation(() => undefined);
	const desk = device();
	desk.drafts.write('a', 'reply', 'half a sen');
	desk.sync.flush();
	await vi.advanceTimersByTimeAsync(0);
	expect(saves).toEqual(['half a sen']);
	cut(true);
	desk.drafts.write('a', 'reply', 'half a sentence');
	await settle();
	cut(false);
	desk.sync.flush();
	await settle();
	expect(saves).toEqual(['half a sen', 'half a sentence']);
});

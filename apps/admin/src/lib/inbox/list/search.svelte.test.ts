import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Found } from '../api.ts';
import { FakeBackend } from '../fake-api.ts';
import { Search } from './search.svelte.ts';

const found = (id: string) => ({ kind: 'message', id, happened_at: id }) as Found;

let backend: FakeBackend;
let search: Search;
let answers: ((results: Found[], more?: boolean) => void)[];

beforeEach(() => {
	vi.useFakeTimers();
	backend = new FakeBackend();
	answers = [];
	backend.search = (question, site, last) =>
		new Promise((resolve) => {
			backend.calls.push(`${question} ${String(site)} ${last?.id ?? ''}`.trim());
			answers.push((results, has_more = false) => resolve({ results, has_more }));
		});
	search = new Search(backend, () => 'shop');
});
afterEach(() => vi.useRealTimers());

const answer = async (turn: number, results: Found[], more?: boolean) => {
	answers[turn]?.(results, more);
	await vi.advanceTimersByTimeAsync(0);
};

it('asks once somebody stops typing, without what is around the words', async () => {
	for (const text of ['g', 'gu', ' guji ']) search.ask(text);
	expect(backend.calls).toEqual([]);
	await vi.advanceTimersByTimeAsync(200);
	expect(backend.calls).toEqual(['guji shop']);
	expect(search.loading).toBe(true);
	await answer(0, [found('1')]);
	expect(search.results).toEqual([found('1')]);
	expect(search.loading).toBe(false);
});

it('drops the answer to a question that is no longer asked', async () => {
	search.ask('old');
	await vi.advanceTimersByTimeAsync(200);
	search.ask('new');
	await vi.advanceTimersByTimeAsync(200);
	await answer(1, [found('new')]);
	await answer(0, [found('old')]);
	expect(search.results).toEqual([found('new')]);
	search.ask('newer');
	await vi.advanceTimersByTimeAsync(200);
	search.clear();
	await answer(2, [found('late')]);
	expect(search.results).toBeNull();
	expect(search.active).toBe(false);
});

it('goes on behind the last result', async () => {
	search.ask('guji');
	await vi.advanceTimersByTimeAsync(200);
	await answer(0, [found('2')], true);
	void search.more();
	void search.more();
	expect(backend.calls).toEqual(['guji shop', 'guji shop 2']);
	await answer(1, [found('1')]);
	expect(search.results).toEqual([found('2'), found('1')]);
	await search.more();
	expect(backend.calls).toHaveLength(2);
});

it('says that it failed, and can be asked again', async () => {
	const { search: works } = backend;
	backend.search = () => Promise.reject(new Error('no network'));
	search.ask('guji');
	await vi.advanceTimersByTimeAsync(200);
	expect(search.failure).not.toBeNull();
	backend.search = works;
	void search.run();
	await answer(0, [found('1')]);
	expect(search.failure).toBeNull();
	expect(search.results).toHaveLength(1);
});

import type { OwnPresence } from '@chatiq/contracts/automation';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Presence, type ReportPresence } from './presence.svelte.ts';

beforeEach(() => {
	vi.useFakeTimers();
	vi.stubGlobal('window', new EventTarget());
});
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
});

function setup() {
	const reports: Parameters<ReportPresence>[0][] = [];
	let refuse = false;
	const presence = new Presence((report) => {
		reports.push(report);
		if (refuse) return Promise.reject(new Error('unreachable'));
		const chosen: OwnPresence['chosen'] = report.chosen ?? 'online';
		return Promise.resolve({ chosen, presence: chosen });
	});
	return { presence, reports, refuse: () => (refuse = true) };
}

it('reports each minute how long nothing has happened, until it is stopped', async () => {
	const { presence, reports } = setup();
	const stop = presence.connect();
	await vi.advanceTimersByTimeAsync(30_000);
	window.dispatchEvent(new Event('keydown'));
	await vi.advanceTimersByTimeAsync(90_000);
	expect(reports.map(({ idle_seconds }) => idle_seconds)).toEqual([0, 30, 90]);
	stop();
	await vi.advanceTimersByTimeAsync(600_000);
	expect(reports).toHaveLength(3);
});

it('tells at once that the operator is back', async () => {
	const { presence, reports } = setup();
	presence.connect();
	await vi.advanceTimersByTimeAsync(630_000);
	window.dispatchEvent(new Event('pointermove'));
	window.dispatchEvent(new Event('pointermove'));
	await vi.advanceTimersByTimeAsync(0);
	expect(reports).toHaveLength(12);
	expect(reports.at(-1)).toEqual({ idle_seconds: 0 });
});

it('keeps what it was when a choice is not taken', async () => {
	const { presence, refuse } = setup();
	await presence.choose('busy');
	refuse();
	await expect(presence.choose('away')).rejects.toThrow('unreachable');
	expect(presence.chosen).toBe('busy');
});

it('goes on after a report that failed', async () => {
	const warn = vi.spyOn(console, 'warn').mockReturnValue();
	const { presence, reports, refuse } = setup();
	refuse();
	presence.connect();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(reports).toHaveLength(2);
	expect(warn).toHaveBeenCalled();
});

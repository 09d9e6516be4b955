import { expect, it } from 'vitest';
import { replyClock } from './reply-clock.ts';

const start = Date.parse('2026-11-22T10:00:00Z');
const at = (minutes: number) => new Date(start + minutes * 60_000).toISOString();
const waiting = {
	...{ status: 'open' as const, waiting_since: at(0) },
	...{ reply_warn_at: at(3), reply_due_at: at(4) }
};
const after = (minutes: number, row: Partial<Parameters<typeof replyClock>[0]> = {}) => {
	const found = replyClock({ ...waiting, ...row }, start + minutes * 60_000);
	return found && [found.state, found.ms / 60_000];
};

it('counts down, warns, and counts what is too late', () => {
	expect([after(1), after(3), after(4), after(6)]).toEqual([
		...[
			['calm', 3],
			['soon', 1],
			['late', 0],
			['late', 2]
		]
	]);
});

it('only counts the waiting where there is no target', () => {
	expect(after(5, { reply_due_at: null, reply_warn_at: null })).toEqual(['waits', 5]);
});

it('says nothing when nobody waits, or it was put away', () => {
	expect([after(5, { waiting_since: null }), after(5, { status: 'snoozed' })]).toEqual([
		null,
		null
	]);
});

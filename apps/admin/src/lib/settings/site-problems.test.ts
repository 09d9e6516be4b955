import { expect, it } from 'vitest';
import {
	generalProblems,
	mailProblems,
	retentionProblems,
	teamWorkProblems
} from './site-problems.ts';

it('wants a name that fits', () => {
	const named = (name: string) => Object.keys(generalProblems({ name, allowed_origins: [] }));
	expect([named(' '), named('x'.repeat(121)), named('Shop')]).toEqual([['name'], ['name'], []]);
});

it('wants whole minutes and days, or none', () => {
	expect(mailProblems({ missed_chat_minutes: null, offline_reply_minutes: 1440 })).toEqual({});
	expect(
		Object.keys(mailProblems({ missed_chat_minutes: NaN, offline_reply_minutes: 1441 }))
	).toEqual(['missed_chat_minutes', 'offline_reply_minutes']);
	const work = { routing: 'off', routing_online_only: true, reply_in_hours: true } as const;
	expect(
		Object.keys(teamWorkProblems({ ...work, first_reply_minutes: 0, next_reply_minutes: null }))
	).toEqual(['first_reply_minutes']);
	expect(Object.keys(retentionProblems({ retention_days: 0 }))).toEqual(['retention_days']);
	expect(retentionProblems({ retention_days: null })).toEqual({});
});

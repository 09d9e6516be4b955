import { expect, it } from 'vitest';
import { generalProblems, mailProblems, retentionProblems } from './site-problems.ts';

it('wants a name that fits', () => {
	const named = (name: string) => Object.keys(generalProblems({ name, allowed_origins: [] }));
	expect([named(' '), named('x'.repeat(121)), named('Shop')]).toEqual([['name'], ['name'], []]);
});

it('wants whole minutes and days, or none', () => {
	expect(mailProblems({ missed_chat_minutes: null, offline_reply_minutes: 1440 })).toEqual({});
	expect(
		Object.keys(mailProblems({ missed_chat_minutes: NaN, offline_reply_minutes: 1441 }))
	).toEqual(['missed_chat_minutes', 'offline_reply_minutes']);
	expect(Object.keys(retentionProblems({ retention_days: 0 }))).toEqual(['retention_days']);
	expect(retentionProblems({ retention_days: null })).toEqual({});
});

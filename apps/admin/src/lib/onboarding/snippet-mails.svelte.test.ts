import type { SnippetMail } from '@chatiq/contracts/mails';
import { AppError } from '@chatiq/contracts/errors';
import { expect, it, vi } from 'vitest';
import { SnippetMails, type SnippetApi } from './snippet-mails.svelte.ts';

function fakeMails() {
	const stored = new Map<string, SnippetMail>();
	let refusal: Error | null = null;
	const api: SnippetApi = {
		list: () => Promise.resolve([...stored.values()]),
		send: (id, email) => {
			const mail = stored.get(id) ?? {
				...{ id, email, created_at: '2026-11-22T10:00:00Z', sent_at: null, state: 'waiting' }
			};
			stored.set(id, mail);
			return refusal ? Promise.reject(refusal) : Promise.resolve(mail);
		}
	};
	return {
		stored,
		mails: new SnippetMails(api),
		refuse: (error: Error | null) => (refusal = error)
	};
}

it('sends once, however often an answer is lost', async () => {
	const { stored, mails, refuse } = fakeMails();
	refuse(new AppError('internal'));
	expect(await mails.send('dev@shop.test', 'en')).toBe(false);
	expect(mails.failure).toBe('internal');
	refuse(null);
	expect(await mails.send('dev@shop.test', 'en')).toBe(true);
	expect(stored.size).toBe(1);
	expect(mails).toMatchObject({ failure: null, busy: false });
});

it('sends anew to somebody else, and to the same person when it is asked for again', async () => {
	const { stored, mails } = fakeMails();
	await mails.send('dev@shop.test', 'en');
	await mails.send('other@shop.test', 'uk');
	await mails.send('other@shop.test', 'uk');
	expect([...stored.values()].map(({ email }) => email)).toEqual([
		'dev@shop.test',
		'other@shop.test',
		'other@shop.test'
	]);
});

it('looks again until everything has left', async () => {
	vi.useFakeTimers();
	const { stored, mails } = fakeMails();
	await mails.send('dev@shop.test', 'en');
	const stop = mails.connect();
	for (const [id, mail] of stored) stored.set(id, { ...mail, state: 'sent' });
	await vi.advanceTimersByTimeAsync(2000);
	expect(mails.mails.map(({ state }) => state)).toEqual(['sent']);
	stop();
	vi.useRealTimers();
});

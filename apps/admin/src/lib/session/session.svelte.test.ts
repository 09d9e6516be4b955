import { expect, it, vi } from 'vitest';
import {
	Session,
	type SessionAnswer,
	type SessionChannel,
	type SessionRequest
} from './session.svelte.ts';

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

function setup({ expiresIn = 3600 } = {}) {
	const asked: SessionRequest[] = [];
	let answer = (): SessionAnswer => ({ access: { token: 'new', expires_at: inSeconds(3600) } });
	const [ended, resumed] = [vi.fn(), vi.fn()];
	const session = new Session({
		email: 'olena@kavka.test',
		access: { token: 'first', expires_at: inSeconds(expiresIn) },
		ask: (request) => {
			asked.push(request);
			return Promise.resolve(answer());
		},
		ended,
		resumed
	});
	return {
		session,
		asked,
		ended,
		resumed,
		answerWith: (next: () => SessionAnswer) => (answer = next)
	};
}

it('hands out the token it has while that is good', async () => {
	const { session, asked } = setup();
	expect(await session.token()).toBe('first');
	expect(asked).toEqual([]);
});

it('asks for a new one shortly before the end, once for all who need it', async () => {
	const { session, asked } = setup({ expiresIn: 30 });
	expect(await Promise.all([session.token(), session.token(), session.renew()])).toEqual([
		'new',
		'new',
		true
	]);
	expect(asked).toEqual([{ renew: false }]);
});

it('asks for the password when the session has ended, and goes on after it', async () => {
	const { session, ended, resumed, asked, answerWith } = setup();
	answerWith(() => ({ failure: 'credentials' }));
	expect(await session.renew()).toBe(false);
	expect(session.expired).toBe(true);
	expect(ended).toHaveBeenCalledOnce();
	expect(await session.token()).toBeNull();
	expect(await session.renew()).toBe(false);
	expect(asked).toHaveLength(1);

	expect(await session.signInAgain('wrong')).toBe('credentials');
	expect(resumed).not.toHaveBeenCalled();
	answerWith(() => ({ access: { token: 'again', expires_at: inSeconds(3600) } }));
	expect(await session.signInAgain('right')).toBeNull();
	expect(asked.at(-1)).toEqual({ email: 'olena@kavka.test', password: 'right' });
	expect(session.expired).toBe(false);
	expect(await session.token()).toBe('again');
	expect(resumed).toHaveBeenCalledOnce();
});

it('does not take silence for the end of the session', async () => {
	const { session, answerWith } = setup({ expiresIn: 30 });
	answerWith(() => {
		throw new Error('no network');
	});
	await expect(session.token()).rejects.toThrow('no network');
	expect(session.expired).toBe(false);
	answerWith(() => ({ access: { token: 'back', expires_at: inSeconds(3600) } }));
	expect(await session.token()).toBe('back');
});

it('asks for the second step where an account has one', async () => {
	const { session, asked, answerWith } = setup();
	answerWith(() => ({ failure: 'credentials' }));
	await session.renew();
	answerWith(() => ({ failure: 'second_factor' }));
	expect(await session.signInAgain('right')).toBe('second_factor');
	expect(session.expired).toBe(true);
	answerWith(() => ({ access: { token: 'whole', expires_at: inSeconds(3600) } }));
	expect(await session.confirm('123456')).toBeNull();
	expect(asked.at(-1)).toEqual({ code: '123456' });
	expect(await session.token()).toBe('whole');
});

it('ends when another tab has signed out, and goes on when one has signed in again', async () => {
	const { session, resumed, answerWith } = setup();
	const channel = { onmessage: null, postMessage: vi.fn(), close: vi.fn() } as SessionChannel;
	const stop = session.connect(channel);
	const hear = () => (channel.onmessage as (() => void) | null)?.();
	vi.spyOn(console, 'warn').mockImplementation(() => undefined);
	expect(channel.postMessage).toHaveBeenCalledTimes(1);

	answerWith(() => {
		throw new Error('no network');
	});
	hear();
	await vi.waitFor(() => expect(console.warn).toHaveBeenCalledOnce());
	expect(session.expired).toBe(false);

	answerWith(() => ({ failure: 'credentials' }));
	hear();
	await vi.waitFor(() => expect(session.expired).toBe(true));

	answerWith(() => ({ access: { token: 'theirs', expires_at: inSeconds(3600) } }));
	hear();
	await vi.waitFor(() => expect(resumed).toHaveBeenCalledOnce());
	expect(await session.token()).toBe('theirs');
	// It has only listened: tabs that told each other what they heard would never stop.
	expect(channel.postMessage).toHaveBeenCalledTimes(1);
	stop();
	expect(channel.close).toHaveBeenCalledOnce();
});

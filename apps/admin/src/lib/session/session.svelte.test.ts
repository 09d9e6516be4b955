import { expect, it, vi } from 'vitest';
import { Session, type SessionAnswer, type SessionRequest } from './session.svelte.ts';

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

function setup({ expiresIn = 3600 } = {}) {
	const asked: SessionRequest[] = [];
	let answer = (): SessionAnswer => ({ access: { token: 'new', expires_at: inSeconds(3600) } });
	const resumed = vi.fn();
	const session = new Session({
		email: 'olena@kavka.test',
		access: { token: 'first', expires_at: inSeconds(expiresIn) },
		ask: (request) => {
			asked.push(request);
			return Promise.resolve(answer());
		},
		resumed
	});
	return { session, asked, resumed, answerWith: (next: () => SessionAnswer) => (answer = next) };
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
	const { session, resumed, asked, answerWith } = setup();
	answerWith(() => ({ failure: 'credentials' }));
	expect(await session.renew()).toBe(false);
	expect(session.expired).toBe(true);
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

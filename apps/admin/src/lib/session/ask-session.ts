import type { SessionAnswer, SessionRequest } from './session.svelte.ts';

/**
 * Asks `POST /session` for the one whose page this is. One tab at a time: a refresh token works once, and the next tab
 * finds the new one.
 */
export const askSessionOf =
	(user: string) =>
	async (request: SessionRequest): Promise<SessionAnswer> => {
		const ask = () => post({ ...request, user });
		return 'locks' in navigator ? navigator.locks.request('chatiq-session', ask) : ask();
	};

async function post(request: SessionRequest & { user: string }): Promise<SessionAnswer> {
	const response = await fetch('/session', {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(request)
	});
	if (response.status >= 500) throw new Error(`the console's server answers ${response.status}`);
	// Our own endpoint, typed by the same file.
	return (await response.json()) as SessionAnswer;
}

import type { SessionAnswer, SessionRequest } from './session.svelte.ts';

/** Asks `POST /session`. One tab at a time: a refresh token works once, and the next tab finds the new one. */
export async function askSession(request: SessionRequest): Promise<SessionAnswer> {
	if (!('locks' in navigator)) return post(request);
	return navigator.locks.request('chatiq-session', () => post(request));
}

async function post(request: SessionRequest): Promise<SessionAnswer> {
	const response = await fetch('/session', {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(request)
	});
	if (response.status >= 500) throw new Error(`the console's server answers ${response.status}`);
	// Our own endpoint, typed by the same file.
	return (await response.json()) as SessionAnswer;
}

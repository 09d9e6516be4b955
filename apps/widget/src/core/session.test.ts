import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Backend, siteKey } from '../../test/support/backend.ts';
import { memoryStorage } from '../../test/support/surroundings.ts';
import { Api } from './api.ts';
import { Session } from './session.ts';
import { refreshTokenKey } from './storage-keys.ts';

let backend: Backend;
beforeEach(async () => {
	backend = await new Backend().start();
});
afterEach(() => backend.close());

const key = refreshTokenKey(siteKey);

function setup({ storage = memoryStorage() } = {}) {
	const lost: number[] = [];
	const session = new Session({
		api: new Api(backend.url),
		siteKey,
		storage,
		onlost: () => lost.push(backend.requests.length)
	});
	return { session, storage, lost };
}

describe('Session', () => {
	it('is opened once for all who ask at the same moment', async () => {
		const { session, storage } = setup();
		const sessions = await Promise.all([session.ensure(), session.ensure(), session.ensure()]);
		expect(new Set(sessions).size).toBe(1);
		expect(backend.requests).toEqual(['visitor-session']);
		expect(storage.get(key)).toBe(sessions[0].refresh_token);
	});

	it('lasts until shortly before its token ends', async () => {
		const { session } = setup();
		await session.ensure();
		await session.ensure();
		expect(backend.requests).toHaveLength(1);
		backend.expiresIn = 30;
		const { token } = await session.renew(session.current?.token ?? '');
		const next = await session.ensure();
		expect(next.token).not.toBe(token);
		expect(next.visitor_id).toBe(session.current?.visitor_id);
	});

	it('stays that of one visitor over pages and tabs, each rotation after the other', async () => {
		const storage = memoryStorage();
		const tabs = [setup({ storage }), setup({ storage }), setup({ storage })];
		const sessions = await Promise.all(tabs.map(({ session }) => session.ensure()));
		expect(new Set(sessions.map(({ visitor_id }) => visitor_id)).size).toBe(1);
		expect(tabs.flatMap(({ lost }) => lost)).toEqual([]);
	});

	it('calls again with a new token when the old one is refused', async () => {
		const { session, lost } = setup();
		await session.ensure();
		backend.expireTokens();
		await session.call('messages_after', { conversation_id: 'c', after_seq: 0, max_rows: 1 });
		expect(backend.requests.slice(1)).toEqual([
			'messages_after',
			'visitor-session',
			'messages_after'
		]);
		expect(lost).toEqual([]);
	});

	it('begins anew when it was revoked, and says that the visitor is another one', async () => {
		const { session, storage, lost } = setup();
		const before = await session.ensure();
		backend.revokeSessions();
		const after = await session.renew(before.token);
		expect(after.visitor_id).not.toBe(before.visitor_id);
		expect(storage.get(key)).toBe(after.refresh_token);
		expect(lost).toHaveLength(1);
	});

	it('keeps what it has when the server is only out of reach', async () => {
		const { session, storage, lost } = setup();
		const { refresh_token, token } = await session.ensure();
		backend.fault = () => 'drop';
		await expect(session.renew(token)).rejects.toMatchObject({ status: 0, temporary: true });
		backend.fault = () => ({ status: 500, code: 'internal' });
		await expect(session.renew(token)).rejects.toMatchObject({ status: 500, temporary: true });
		expect(storage.get(key)).toBe(refresh_token);
		expect(lost).toEqual([]);
		backend.fault = () => null;
		await expect(session.renew(token)).resolves.toMatchObject({ site_id: 'site' });
	});

	it('hands an identity over once, and tells when it belongs to another visitor', async () => {
		const { session, lost } = setup();
		await session.ensure();
		const identities: unknown[] = [];
		backend.fault = (_, { identity }) => {
			identities.push(identity);
			return null;
		};
		session.identify('signed by the shop');
		const verified = await session.ensure();
		await session.renew(verified.token);
		expect(verified.verified).toBe(true);
		expect(identities).toEqual(['signed by the shop', undefined]);
		expect(lost).toHaveLength(1);
	});

	it('does not come back from an answer that was under way at the logout', async () => {
		const { session, storage } = setup();
		const opening = session.ensure();
		session.forget();
		await expect(opening).rejects.toMatchObject({ status: 0 });
		expect(session.current).toBeNull();
		expect(storage.get(key)).toBeNull();
	});

	it('tells how long to wait', async () => {
		const { session } = setup();
		backend.fault = () => ({ status: 429, code: 'rate_limited', details: { retry_after: 7 } });
		await expect(session.ensure()).rejects.toMatchObject({
			code: 'rate_limited',
			retryAfterMs: 7000,
			temporary: true
		});
	});
});

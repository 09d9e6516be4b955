import type { Health } from '@chatiq/contracts/health';
import { expect, inject, it } from 'vitest';

const backend = inject('backend');
const ask = (path = '', token?: string) =>
	fetch(`${backend.url}/functions/v1/health${path}`, {
		headers: token === undefined ? {} : { authorization: `Bearer ${token}` }
	});

it('tells anybody whether chats work, and no more', async () => {
	const response = await ask();
	expect([response.status, await response.json()]).toEqual([
		200,
		{ status: expect.any(String) as string }
	]);
	const guess = await ask('', 'guess');
	expect(Object.keys((await guess.json()) as Health)).toEqual(['status']);
	expect((await ask('/metrics')).status).toBe(403);
	expect((await ask('/metrics', backend.publishableKey)).status).toBe(403);
});

it('tells whoever has the secret how each part is', async () => {
	const { parts, facts } = (await (await ask('', backend.secretKey)).json()) as Required<Health>;
	for (const part of ['database', 'realtime', 'storage', 'mail'] as const) {
		expect([part, parts[part]]).toMatchObject([part, { ok: true }]);
	}
	expect(facts?.database.connections).toBeGreaterThan(0);
});

it('speaks the text format of Prometheus', async () => {
	const response = await ask('/metrics', backend.secretKey);
	expect(response.headers.get('content-type')).toContain('version=0.0.4');
	const text = await response.text();
	expect(text).toContain('chatiq_up 1\n');
	for (const line of text.trimEnd().split('\n')) {
		expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="\w+"\})? [\d.]+)$/);
	}
});

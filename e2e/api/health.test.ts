import type { Health, OrganizationHealth } from '@chatiq/contracts/health';
import { expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { createTenant } from '../support/tenant.ts';

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

it('tells admins which parts answer, and the numbers of their organisation alone', async () => {
	const sql = connectSql(backend);
	try {
		const tenant = await createTenant(backend, sql, 'Healthy');
		const [admin, operator] = [await tenant.addMember('admin'), await tenant.addMember('operator')];
		await sql`insert into private.jobs (kind, organization_id, run_at)
			values ('spare', ${tenant.organization}, now() + interval '1 hour')`;
		const query = `?organization=${tenant.organization}`;
		const told = await ask(query, admin.token);
		const health = (await told.json()) as OrganizationHealth;
		expect(health.parts).toMatchObject({ database: { ok: true }, storage: { ok: true } });
		expect(JSON.stringify(health)).not.toMatch(/problem|connections|size_bytes/);
		expect(health.facts.jobs).toMatchObject({ waiting: 1, dead: 0 });
		expect((await ask(query, operator.token)).status).toBe(403);
		expect((await ask(query)).status).toBe(401);
		expect((await ask(query, 'guess')).status).toBe(401);
	} finally {
		await sql.end();
	}
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

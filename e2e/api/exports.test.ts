import type { Export, ExportedConversation } from '@chatiq/contracts/exports';
import { uuidv7 } from '@chatiq/contracts/ids';
import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { connectService, connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let admin: Person;
let operator: Person;
let visitor: Visitor;
let conversation_id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Exports');
	[admin, operator] = await Promise.all([tenant.addMember('admin'), tenant.addMember('operator')]);
	[visitor, conversation_id] = [await tenant.addVisitor(), uuidv7()];
	await visitor.client
		.rpc('start_conversation', {
			...{ conversation_id, message_id: uuidv7(), body: '=HYPERLINK("http://evil.test")' },
			visitor: { name: '@SUM(A1)', email: 'ann@people.test' }
		})
		.throwOnError();
	await operator.client
		.rpc('send_operator_message', {
			...{ conversation_id, message_id: uuidv7(), body: 'Looks odd', seen_seq: 1 },
			visibility: 'team'
		})
		.throwOnError();
});
afterAll(() => sql.end());

async function start(part: Record<string, unknown>, by = admin): Promise<string> {
	const export_id = randomUUID();
	const about = { export_id, organization_id: tenant.organization, format: 'json', ...part };
	await by.client.rpc('start_export', about as never).throwOnError();
	return export_id;
}

async function read(id: string): Promise<Export | undefined> {
	const { data } = await admin.client.from('exports').select().eq('id', id).throwOnError();
	return data[0] as unknown as Export | undefined;
}

async function finished(id: string): Promise<Export> {
	await expect.poll(async () => (await read(id))?.state).toBe('done');
	const found = await read(id);
	if (!found) throw new Error('no export');
	return found;
}

const link = (path: string, by = admin) =>
	by.client.storage.from('exports').createSignedUrl(path, 60);

async function text(path: string): Promise<string> {
	const { data, error } = await link(path);
	if (error) throw error;
	return (await fetch(data.signedUrl)).text();
}

it('writes conversations with all that was said, for admins alone', async () => {
	const { files, done, total, expires_at } = await finished(await start({ kind: 'conversations' }));
	expect(files.map(({ name, rows }) => [name, rows])).toEqual([['conversations-1.json', 1]]);
	expect([done, total]).toEqual([1, 1]);
	expect(Date.parse(expires_at ?? '')).toBeGreaterThan(Date.now() + 6 * 86_400_000);
	const path = files[0]?.path ?? '';
	const [conversation] = JSON.parse(await text(path)) as ExportedConversation[];
	expect(conversation).toMatchObject({
		id: conversation_id,
		visitor: { email: 'ann@people.test' },
		messages: [{ author_kind: 'visitor' }, { visibility: 'team', body: 'Looks odd' }]
	});
	expect((await link(path, operator)).error).not.toBeNull();
	const stranger = await (await createTenant(backend, sql, 'Others')).addMember('owner');
	expect((await link(path, stranger)).error).not.toBeNull();
	const refused = await operator.client.rpc('start_export', {
		export_id: randomUUID(),
		...{ organization_id: tenant.organization, kind: 'visitors', format: 'csv' }
	});
	expect(refused.error?.message).toBe('forbidden');
});

it('takes the force from what a spreadsheet would run', async () => {
	const { files } = await finished(await start({ kind: 'conversations', format: 'csv' }));
	const csv = await text(files[0]?.path ?? '');
	expect(csv).toContain(`"'=HYPERLINK(""http://evil.test"")"`);
	expect(csv).toContain(`,'@SUM(A1),`);
});

it('writes tables for people: names, words, and times on the clock of whoever asked', async () => {
	const clock = { language: 'uk', time_zone: 'Europe/Kyiv' };
	await admin.client.from('profiles').update(clock).eq('id', admin.id).throwOnError();
	await sql`update public.conversations set created_at = '2026-01-05 22:30:00+00' where id = ${conversation_id}`;
	const table = async (kind: string) => {
		const { files } = await finished(await start({ kind, format: 'csv' }));
		const [heading = '', ...lines] = (await text(files[0]?.path ?? '')).split('\r\n');
		return { heading, line: lines[0] ?? '' };
	};
	const talk = await table('conversations');
	expect(talk.heading).toMatch(/^Сайт,Стан,Почато \(Europe\/Kyiv\),/);
	expect(talk.line).toMatch(/^Exports,відкрита,2026-01-06 00:30:00,,/);
	expect(talk.line).toContain(conversation_id);
	const people = await table('visitors');
	expect(people.heading).toMatch(/^Сайт,Ім’я,/);
	expect(people.line).toMatch(/^Exports,'@SUM\(A1\),ann@people.test,/);
	expect(people.heading.split(',')).toHaveLength(people.line.split(',').length);
	const none = { language: null, time_zone: null };
	await admin.client.from('profiles').update(none).eq('id', admin.id).throwOnError();
});

it('holds everything of an organisation, and no secret', async () => {
	const { files } = await finished(await start({ kind: 'organization' }));
	expect(files.map(({ name }) => name)).toEqual([
		...['settings-1.json', 'visitors-1.json', 'conversations-1.json']
	]);
	const [settings] = JSON.parse(await text(files[0]?.path ?? '')) as Record<string, unknown[]>[];
	expect(settings?.['sites']).toHaveLength(1);
	expect(settings?.['people']).toContainEqual(expect.objectContaining({ email: operator.email }));
	const [secret] = await sql<{ secret: string }[]>`
		select identity_secret as secret from private.site_secrets where site_id = ${tenant.site.id}`;
	expect(secret?.secret.length).toBeGreaterThan(16);
	expect(JSON.stringify(settings)).not.toContain(secret?.secret);
});

it('goes on where a worker died, and counts nothing twice', async () => {
	for (let more = 0; more < 120; more++) await talk();
	const id = randomUUID();
	await sql`insert into public.exports (id, organization_id, kind, format, section)
		values (${id}, ${tenant.organization}, 'conversations', 'json', 'conversations')`;
	const service = connectService(backend);
	// A worker wrote the first page, recorded it twice (its answer was lost), and died.
	await service.rpc('next_export_part', { export_id: id }).throwOnError();
	const { data: page } = await service
		.rpc('export_rows', { export_id: id, section: 'conversations' })
		.throwOnError();
	const { rows, next } = page as unknown as {
		rows: { id: string }[];
		next: Record<string, string>;
	};
	const path = `${tenant.organization}/${id}/1/conversations-1.json`;
	await service.storage.from('exports').upload(path, JSON.stringify(rows));
	const file = { path, name: 'conversations-1.json', rows: rows.length, bytes: 1 };
	const record = () =>
		service.rpc('record_export_part', { export_id: id, round: 1, position: next, file });
	expect((await record()).data).toBe(true);
	expect((await record()).data).toBe(false);
	await sql`select app.enqueue_job('export', ${sql.json({ export_id: id })}, ${tenant.organization})`;
	const { files, done, total } = await finished(id);
	expect(files).toHaveLength(2);
	expect([done, total]).toEqual([total, 121]);
	const all = await Promise.all(
		files.map(async (part) => JSON.parse(await text(part.path)) as { id: string }[])
	);
	expect(new Set(all.flat().map((row) => row.id)).size).toBe(121);
});

it('forgets whoever was erased: finished ones end, one that is being written begins anew', async () => {
	const { id, files } = await finished(await start({ kind: 'visitors' }));
	const path = files[0]?.path ?? '';
	expect(await text(path)).toContain('ann@people.test');
	const running = randomUUID();
	await sql`insert into public.exports (id, organization_id, kind, format, section, state, files)
		values (${running}, ${tenant.organization}, 'visitors', 'json', 'visitors', 'running', ${sql.json([
			{ path: 'gone', name: 'visitors-1.json', rows: 1, bytes: 1 }
		])})`;
	await admin.client
		.rpc('erase_visitor', { visitor_id: visitor.session.visitor_id })
		.throwOnError();
	expect((await read(id))?.state).toBe('expired');
	expect(await read(running)).toMatchObject({ round: 2, files: [], state: 'running' });
	expect((await link(path)).error).not.toBeNull();
	await expect
		.poll(async () => (await connectService(backend).storage.from('exports').download(path)).error)
		.not.toBeNull();
	// What a worker writes of the round before is not taken.
	const late = await connectService(backend).rpc('record_export_part', {
		...{ export_id: running, round: 1, position: null },
		file: { path: 'late', name: 'late', rows: 1, bytes: 1 }
	});
	expect(late.data).toBe(false);
	await sql`select app.enqueue_job('export', ${sql.json({ export_id: running })}, ${tenant.organization})`;
	const again = await finished(running);
	expect(await text(again.files[0]?.path ?? '')).not.toContain('ann@people.test');
});

it('ends after a week, or when somebody takes it away', async () => {
	const [week, taken] = await Promise.all([
		finished(await start({ kind: 'visitors' })),
		finished(await start({ kind: 'visitors' }))
	]);
	await sql`update public.exports set expires_at = now() - interval '1 second' where id = ${week.id}`;
	expect((await link(week.files[0]?.path ?? '')).error).not.toBeNull();
	await sql`select app.expire_exports()`;
	expect((await read(week.id))?.state).toBe('expired');
	const takeAway = () => admin.client.rpc('delete_export', { export_id: taken.id }).throwOnError();
	await takeAway();
	await takeAway();
	expect(await read(taken.id)).toBeUndefined();
	const service = connectService(backend);
	for (const { files } of [week, taken]) {
		await expect
			.poll(
				async () => (await service.storage.from('exports').download(files[0]?.path ?? '')).error
			)
			.not.toBeNull();
	}
});

async function talk(): Promise<void> {
	const [id, person] = [uuidv7(), randomUUID()];
	await sql`insert into public.visitors (id, organization_id, site_id)
		values (${person}, ${tenant.organization}, ${tenant.site.id})`;
	await sql`insert into public.conversations (id, organization_id, site_id, visitor_id)
		values (${id}, ${tenant.organization}, ${tenant.site.id}, ${person})`;
}

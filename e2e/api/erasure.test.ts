import type { InboxChanges, InboxPage } from '@chatiq/contracts/conversation';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { VisitorExport } from '@chatiq/contracts/privacy';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { connectService, connectSql } from '../support/backend.ts';
import { openSessionFrom } from '../support/open-session-from.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
const service = connectService(backend);
let sql: postgres.Sql;
let tenant: Tenant;
let admin: Person;
let operator: Person;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Erasure');
	admin = await tenant.addMember('admin');
	operator = await tenant.addMember('operator');
	const none = { en: '', uk: '' };
	const field = { required: false, placeholder: none, options: [], url: '' };
	await admin.client
		.from('widget_settings')
		.update({
			consent: { text: { en: 'I agree', uk: '' }, url: '' },
			pre_chat: {
				enabled: true,
				intro: none,
				fields: [
					{ ...field, key: 'phone', kind: 'phone', label: { en: 'Phone', uk: '' } },
					{ ...field, key: 'home', kind: 'text', label: { en: 'Home', uk: '' } }
				]
			}
		})
		.eq('site_id', tenant.site.id)
		.throwOnError();
});
afterAll(() => sql.end());

const address = '198.51.100.77';
const secrets = {
	name: 'Zebulon Quartermain',
	email: 'zebulon@quartermain.test',
	sub: 'customer-zq-4711',
	body: 'My card is 4000-1234-zq and I live in Xanaduville',
	note: 'Zebulon sounds angry xqnote',
	comment: 'Never again, says xqrating',
	reason: 'Blocked by xqreason',
	file: 'passport-zq.pdf',
	phone: '+380 44 471-10-99',
	refused: 'refused-zq.pdf',
	answer: 'Flat xqanswer at the river',
	reply: 'Choose xqreply',
	content: 'the bytes of a passport zq'
};

/** A visitor who left a trace everywhere. */
async function leaveTraces(): Promise<{ visitor: Visitor; conversation_id: string; path: string }> {
	const opened = await openSessionFrom(backend, tenant, address, { sub: secrets.sub });
	if ('refused' in opened) throw new Error(opened.refused);
	const { visitor } = opened;
	const conversation_id = uuidv7();
	await visitor.client
		.rpc('start_conversation', {
			conversation_id,
			message_id: uuidv7(),
			body: 'Hello',
			visitor: {
				...{ name: secrets.name, email: secrets.email, consent: 'true' },
				answers: { phone: secrets.phone, home: secrets.answer }
			}
		})
		.throwOnError();
	const file = await visitor.client
		.rpc('prepare_upload', {
			attachment_id: uuidv7(),
			conversation_id,
			name: secrets.file,
			content_type: 'application/pdf',
			size_bytes: 26
		})
		.throwOnError();
	const { id, path } = file.data;
	const { error } = await service.storage
		.from('attachments')
		.upload(path, new Blob([secrets.content], { type: 'application/pdf' }));
	if (error) throw error;
	await service
		.rpc('finish_upload', { attachment_id: id, content_type: 'application/pdf', size_bytes: 26 })
		.throwOnError();
	const refused = await visitor.client
		.rpc('prepare_upload', {
			attachment_id: uuidv7(),
			conversation_id,
			name: secrets.refused,
			content_type: 'application/pdf',
			size_bytes: 26
		})
		.throwOnError();
	await service
		.rpc('refuse_upload', { attachment_id: refused.data.id, reason: 'file_damaged' })
		.throwOnError();
	const message_id = uuidv7();
	await visitor.client
		.rpc('send_visitor_message', {
			conversation_id,
			message_id,
			body: secrets.body,
			attachment_ids: [id]
		})
		.throwOnError();
	await operator.client
		.rpc('send_operator_message', {
			conversation_id,
			message_id: uuidv7(),
			body: secrets.note,
			seen_seq: 2,
			visibility: 'team'
		})
		.throwOnError();
	await operator.client
		.rpc('send_operator_message', {
			conversation_id,
			message_id: uuidv7(),
			body: 'One of these?',
			seen_seq: 3,
			quick_replies: [{ text: secrets.reply }]
		})
		.throwOnError();
	await operator.client.rpc('react_to_message', { message_id, emoji: '👍' }).throwOnError();
	await visitor.client
		.rpc('rate_conversation', { conversation_id, score: 2, comment: secrets.comment })
		.throwOnError();
	await recordVisitor(visitor.session.visitor_id, conversation_id);
	await visitor.client.rpc('request_transcript', { conversation_id }).throwOnError();
	await visitor.client.rpc('mark_read', { conversation_id, seq: 2 }).throwOnError();
	await operator.client.rpc('mark_read', { conversation_id, seq: 3 }).throwOnError();
	return { visitor, conversation_id, path };
}

/** What the product will have noted about the visitor elsewhere: a block, a job, a delivery, a notification. */
async function recordVisitor(visitor_id: string, conversation_id: string): Promise<void> {
	const id = uuidv7();
	await operator.client
		.rpc('block_visitor', { id, visitor_id, reason: secrets.reason })
		.throwOnError();
	await operator.client.rpc('unblock', { id }).throwOnError();
	await sql`
		select public.unsubscribe(app.unsubscribe_token(${tenant.organization}, 'visitor', ${visitor_id}))`;
	const payload = { visitor_id, name: secrets.name, text: secrets.body };
	const [webhook] = await sql<{ id: string }[]>`
		insert into public.webhooks (organization_id, name, url, events)
		values (${tenant.organization}, 'CRM', 'https://crm.test/hook', '{message.created}') returning id`;
	await sql`
		insert into public.webhook_deliveries (organization_id, webhook_id, event_id, event, conversation_id, payload)
		values (${tenant.organization}, ${webhook?.id ?? ''}, ${uuidv7()}, 'message.created', ${conversation_id}, ${sql.json(payload)}),
			(${tenant.organization}, ${webhook?.id ?? ''}, ${uuidv7()}, 'visitor.updated', null, ${sql.json(payload)})`;
	await sql`
		select app.enqueue_job('transcript', ${sql.json({ ...payload, conversation_id })}, ${tenant.organization},
			${`transcript:${conversation_id}`})`;
	await sql`
		select app.notify_member(${tenant.organization}, ${admin.id}, 'missed_chat', ${`missed:${conversation_id}`},
			${conversation_id}, ${sql.json(payload)})`;
}

/** Every column of every table of the database that holds the value, as schema.table.column. */
async function placesOf(value: string): Promise<string[]> {
	const columns = await sql<{ at: string; place: string; name: string }[]>`
		select c.oid::regclass::text as at, c.oid::regclass::text || '.' || a.attname as place, a.attname as name
		from pg_class as c join pg_attribute as a on a.attrelid = c.oid
		where c.relkind in ('r', 'm') and a.attnum > 0 and not a.attisdropped
			and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')
			and has_table_privilege(c.oid, 'select')`;
	const places = await Promise.all(
		columns.map(async ({ at, place, name }) => {
			const [row] = await sql`
				select exists (
					select from ${sql.unsafe(at)} where strpos(lower(${sql(name)}::text), ${value.toLowerCase()}) > 0
				) as there`;
			return row?.['there'] === true ? [place] : [];
		})
	);
	return places.flat().sort();
}

describe('the erasure of a visitor', () => {
	it('leaves nothing in any table or in storage', async () => {
		const { visitor, conversation_id, path } = await leaveTraces();
		const visitor_id = visitor.session.visitor_id;
		const values = [
			...Object.values(secrets).filter((value) => value !== secrets.content),
			visitor_id,
			address,
			'quartermain',
			'xanaduville',
			'xqnote'
		];
		// The search can find: each value is somewhere before.
		for (const value of values) expect(await placesOf(value)).not.toEqual([]);

		const first = await operator.client.rpc('list_inbox', {}).throwOnError();
		const { cursor } = first.data as unknown as InboxPage;
		expect((await admin.client.rpc('erase_visitor', { visitor_id }).throwOnError()).data).toBe(
			true
		);
		expect((await admin.client.rpc('erase_visitor', { visitor_id }).throwOnError()).data).toBe(
			false
		);

		for (const value of values) expect([value, await placesOf(value)]).toEqual([value, []]);
		const changes = await operator.client.rpc('inbox_changes_since', { cursor }).throwOnError();
		expect((changes.data as unknown as InboxChanges).removed).toContain(conversation_id);
		expect((await visitor.client.rpc('get_conversation', { conversation_id })).data).toBeNull();
		await vi.waitFor(async () => {
			expect((await service.storage.from('attachments').download(path)).data).toBeNull();
			expect(await placesOf(path)).toEqual([]);
		}, 15_000);
	});

	it('is for admins of the site', async () => {
		const { visitor } = await leaveTraces();
		const { visitor_id } = visitor.session;
		const stranger = await (await createTenant(backend, sql, 'Elsewhere')).addMember('owner');
		for (const by of [operator, stranger]) {
			expect((await by.client.rpc('erase_visitor', { visitor_id })).data).toBe(false);
			expect((await by.client.rpc('export_visitor', { visitor_id })).error?.message).toBe(
				'visitor_not_found'
			);
		}
		expect((await visitor.client.rpc('erase_visitor', { visitor_id })).error?.code).toBe('42501');
	});
});

it('exports all that is kept of a visitor', async () => {
	const { visitor } = await leaveTraces();
	const { data } = await admin.client
		.rpc('export_visitor', { visitor_id: visitor.session.visitor_id })
		.throwOnError();
	const exported = data as unknown as VisitorExport;
	expect(exported.conversations.map(({ messages }) => messages.length)).toContain(4);
	const text = JSON.stringify(exported);
	// The bytes have a path, the block was lifted, and of a refused file nothing but its name is left.
	const { content, reason, refused, ...kept } = secrets;
	for (const value of [...Object.values(kept), address]) expect(text).toContain(value);
	for (const value of [content, reason, refused]) expect(text).not.toContain(value);
	expect(text).not.toContain(tenant.organization + '"');
});

it('retention erases what is older than the site keeps it, and nothing else', async () => {
	const [old, young] = [await leaveTraces(), await tenant.addVisitor()];
	const kept = uuidv7();
	await young.client
		.rpc('start_conversation', { conversation_id: kept, message_id: uuidv7(), body: 'New' })
		.throwOnError();
	await admin.client
		.from('sites')
		.update({ retention_days: 30 })
		.eq('id', tenant.site.id)
		.throwOnError();
	await sql`update public.conversations set last_message_at = now() - interval '31 days'
		where visitor_id = ${old.visitor.session.visitor_id}`;
	await sql`update public.visitors set last_seen_at = now() - interval '31 days'
		where id = ${old.visitor.session.visitor_id}`;
	const [job] = await sql<{ command: string }[]>`
		select command from cron.job where jobname = 'chatiq-every-hour' and active`;
	await sql.unsafe(job?.command ?? '');
	const left = await sql<{ id: string }[]>`
		select id from public.conversations where id in (${old.conversation_id}, ${kept})`;
	expect(left).toEqual([{ id: kept }]);
	const visitors = await sql`
		select from public.visitors where id = ${old.visitor.session.visitor_id}`;
	expect(visitors.length).toBe(0);
	await sql`update public.sites set retention_days = null where id = ${tenant.site.id}`;
});

it.each([0, -1, 3651])('retention of %i days is refused', async (retention_days) => {
	const { error } = await admin.client
		.from('sites')
		.update({ retention_days })
		.eq('id', tenant.site.id);
	expect(error?.code).toBe('23514');
});

import { createClient } from '@supabase/supabase-js';
import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startBackend } from './support/realtime-backend.ts';
import type { RealtimeBackend } from './support/realtime-backend.ts';
import { RawSocket } from './support/raw-socket.ts';

type Row = Record<string, unknown>;
type Wish = Record<string, unknown>;

/** What a callback of realtime-js gets. */
interface Change {
	eventType: string;
	schema: string;
	table: string;
	commit_timestamp: string;
	new: Row;
	old: Row;
	errors: string[] | null;
}

let backend: RealtimeBackend;
const clients: SupabaseClient[] = [];
const sockets: RawSocket[] = [];

beforeAll(async () => {
	backend = await startBackend({
		eventsPerSecond: 1e6,
		publicationCheckMs: 100,
		queuedChanges: 100,
		subscribeRetryMs: 100,
		databaseWaitMs: 500
	});
	await backend.sql.unsafe(`
		create table public.notes (
			id int8 primary key, owner text, body text, done boolean, price numeric, tags text[],
			details jsonb, at timestamptz, raw bytea, secret text
		);
		alter table public.notes enable row level security;
		create policy "own notes" on public.notes for select to authenticated
			using (owner = (select auth.jwt() ->> 'sub'));
		revoke all on public.notes from anon, authenticated;
		grant select (id, owner, body, done, price, tags, details, at, raw) on public.notes
			to authenticated;
		grant all on public.notes to service_role;
		create table public.open (id int primary key, name text, flag boolean);
		alter table public.open replica identity full;
		grant all on public.open to anon, authenticated, service_role;
		create table public.keyless (name text);
		grant all on public.keyless to anon, authenticated, service_role;
		create table public.unpublished (id int primary key);
		alter publication supabase_realtime add table public.notes, public.open, public.keyless;`);
});
beforeEach(async () => {
	await backend.sql`truncate public.notes, public.open, public.keyless`;
});
afterEach(async () => {
	for (const socket of sockets.splice(0)) socket.close();
	for (const client of clients.splice(0)) await client.removeAllChannels();
});
afterAll(() => backend.close());

function connect(vsn: string, key = backend.publishableKey): SupabaseClient {
	const client = createClient(backend.url, key, {
		auth: { persistSession: false, autoRefreshToken: false },
		realtime: { transport: WebSocket as never, vsn }
	});
	clients.push(client);
	return client;
}

/** As in an application, the client asks for the user's token at every join. */
async function connectAs(vsn: string, user: string | { name: string }): Promise<SupabaseClient> {
	const tokens = new Map<string, Promise<string>>();
	const client = createClient(backend.url, backend.publishableKey, {
		accessToken() {
			const sub = typeof user === 'string' ? user : user.name;
			const token = tokens.get(sub) ?? backend.token({ role: 'authenticated', sub });
			tokens.set(sub, token);
			return token;
		},
		realtime: { transport: WebSocket as never, vsn }
	});
	clients.push(client);
	await client.realtime.setAuth();
	return client;
}

let topics = 0;

interface Listening {
	channel: RealtimeChannel;
	changes: Change[];
	systems: { status: string; message: string }[];
	statuses: string[];
}

function listenTo(client: SupabaseClient, wishes: Wish[], config: Wish = {}): Listening {
	const channel = client.channel(`changes ${++topics}`, { config });
	const heard: Listening = { channel, changes: [], systems: [], statuses: [] };
	for (const wish of wishes) {
		const filter = { schema: 'public', event: '*', ...wish } as never;
		channel.on('postgres_changes' as never, filter, (change: Change) => heard.changes.push(change));
	}
	channel.on('system', {}, (message: Listening['systems'][number]) => heard.systems.push(message));
	channel.subscribe((status, error) =>
		heard.statuses.push(error ? `${status} ${error.message}` : status)
	);
	return heard;
}

/** Resolves when changes are delivered; fails with what the server said instead. */
async function subscribed(heard: Listening): Promise<Listening> {
	await expect.poll(() => heard.systems.length, { interval: 5 }).toBeGreaterThan(0);
	// A renewal may have followed, because an earlier test changed the publication.
	expect(heard.systems[0]).toMatchObject({ status: 'ok', message: 'Subscribed to PostgreSQL' });
	return heard;
}

/** Rows are looked up after their commit: what is to be seen must still be there. */
async function come(heard: Listening, count: number): Promise<void> {
	await expect.poll(() => heard.changes.length, { interval: 2 }).toBe(count);
}

function newIds(heard: Listening): unknown[] {
	return heard.changes.map((change) => change.new.id);
}

function told(heard: Listening): unknown[] {
	return heard.changes.map(({ eventType, new: row, old }) => [eventType, row, old]);
}

describe.each(['1.0.0', '2.0.0'])('postgres_changes with realtime-js on %s', (vsn) => {
	it('tells of inserts, updates and deletes in the types of their columns', async () => {
		const heard = await subscribed(listenTo(await connectAs(vsn, 'ann'), [{ table: 'notes' }]));
		const before = Date.now();
		await backend.sql`
			insert into notes values (
				1, 'ann', 'ї', true, 1.5, '{a,"b c"}', '{"k": [1, null]}', '2026-01-02 03:04:05.678+02',
				'\\x01ff', 'hidden')`;
		await come(heard, 1);
		await backend.sql`update notes set body = 'b' where id = 1`;
		await come(heard, 2);
		await backend.sql`update notes set id = 2`;
		await come(heard, 3);
		await backend.sql`delete from notes`;
		await come(heard, 4);
		const row = {
			id: 1,
			owner: 'ann',
			body: 'ї',
			done: true,
			price: 1.5,
			tags: ['a', 'b c'],
			details: { k: [1, null] },
			at: '2026-01-02T01:04:05.678+00:00',
			raw: '01ff'
		};
		expect(told(heard)).toEqual([
			['INSERT', row, {}],
			['UPDATE', { ...row, body: 'b' }, { id: 1 }],
			['UPDATE', { ...row, body: 'b', id: 2 }, { id: 1 }],
			['DELETE', {}, { id: 2 }]
		]);
		const [first] = heard.changes;
		expect(first).toMatchObject({ schema: 'public', table: 'notes', errors: null });
		expect(first?.commit_timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		expect(Date.parse(first?.commit_timestamp ?? '')).toBeGreaterThanOrEqual(before - 1000);
	});

	it('tells each event and each table to those who asked for it', async () => {
		const client = connect(vsn, backend.secretKey);
		const events = await Promise.all(
			['INSERT', 'UPDATE', 'DELETE', '*'].map((event) =>
				subscribed(listenTo(client, [{ event, table: 'open' }]))
			)
		);
		const [both, all] = await Promise.all([
			subscribed(listenTo(client, [{ table: 'open' }, { table: 'notes', event: 'INSERT' }])),
			subscribed(listenTo(client, [{}]))
		]);
		await backend.sql`insert into open values (1, 'a', true)`;
		await backend.sql`update open set name = 'b'`;
		await backend.sql`delete from open`;
		await backend.sql`insert into notes (id) values (7)`;
		await backend.sql`update notes set body = 'x'`;
		await expect.poll(() => all.changes.length).toBe(5);
		const kinds = (heard: Listening): string[] =>
			heard.changes.map(({ eventType, table }) => `${eventType} ${table}`);
		expect(events.map(kinds)).toEqual([
			['INSERT open'],
			['UPDATE open'],
			['DELETE open'],
			['INSERT open', 'UPDATE open', 'DELETE open']
		]);
		const three = ['INSERT open', 'UPDATE open', 'DELETE open'];
		expect(kinds(both)).toEqual([...three, 'INSERT notes']);
		expect(kinds(all)).toEqual([...three, 'INSERT notes', 'UPDATE notes']);
	});

	it('tells the whole old row with full replica identity', async () => {
		const heard = await subscribed(listenTo(connect(vsn), [{ table: 'open' }]));
		await backend.sql`insert into open values (1, 'a', null)`;
		await backend.sql`update open set flag = true`;
		await backend.sql`delete from open`;
		await expect.poll(() => heard.changes.length).toBe(3);
		const [a, b] = [
			{ id: 1, name: 'a', flag: null },
			{ id: 1, name: 'a', flag: true }
		];
		expect(told(heard)).toEqual([
			['INSERT', a, {}],
			['UPDATE', b, a],
			['DELETE', {}, b]
		]);
	});

	it('tells of a removed row what identified it: its key where there are policies', async () => {
		await backend.sql.unsafe(`
			create table public.full_notes (id int primary key, owner text, secret text);
			alter table public.full_notes replica identity full;
			alter table public.full_notes enable row level security;
			grant select on public.full_notes to service_role;
			alter publication supabase_realtime add table public.full_notes`);
		const client = connect(vsn, backend.secretKey);
		const heard = await Promise.all(
			[
				{ table: 'full_notes' },
				{ table: 'open', filter: 'name=eq.a' },
				{ table: 'open', filter: 'name=eq.b' },
				{ table: 'notes', filter: 'id=eq.1' },
				// Not in what identifies the row, so nobody can tell.
				{ table: 'notes', filter: 'owner=eq.ann' }
			].map((wish) => subscribed(listenTo(client, [{ event: 'DELETE', ...wish }])))
		);
		await backend.sql`insert into full_notes values (1, 'ann', 'x')`;
		await backend.sql`insert into open values (1, 'a', true)`;
		await backend.sql`insert into notes (id, owner) values (1, 'ann')`;
		await backend.sql`delete from full_notes`;
		await backend.sql`delete from open`;
		await backend.sql`delete from notes`;
		await expect.poll(() => heard[3]?.changes).toHaveLength(1);
		expect(heard.map(({ changes }) => changes.map((change) => change.old))).toEqual([
			[{ id: 1 }],
			[{ id: 1, name: 'a', flag: true }],
			[],
			[{ id: 1 }],
			[]
		]);
		await backend.sql`drop table full_notes`;
	});

	it('says nothing of an emptied table', async () => {
		const heard = await subscribed(listenTo(connect(vsn), [{ table: 'open' }]));
		await backend.sql`truncate open`;
		await backend.sql`insert into open values (1)`;
		await come(heard, 1);
		expect(newIds(heard)).toEqual([1]);
	});

	it('asks the policies for each subscriber, but not about a row that is gone', async () => {
		const [ann, bob, service] = await Promise.all([
			connectAs(vsn, 'ann').then((client) => subscribed(listenTo(client, [{ table: 'notes' }]))),
			connectAs(vsn, 'bob').then((client) => subscribed(listenTo(client, [{ table: 'notes' }]))),
			subscribed(listenTo(connect(vsn, backend.secretKey), [{ table: 'notes' }]))
		]);
		await backend.sql`insert into notes (id, owner) values (1, 'ann'), (2, 'bob'), (3, 'cid')`;
		await come(service, 3);
		await backend.sql`update notes set owner = 'bob' where id = 1`;
		await come(service, 4);
		await backend.sql`delete from notes where id = 3`;
		await come(service, 5);
		await come(bob, 3);
		await backend.sql.begin(async (tx) => {
			await tx`insert into notes (id, owner) values (4, 'ann')`;
			await tx`delete from notes where id = 4`;
		});
		await come(ann, 3);
		await come(bob, 4);
		const ids = (heard: Listening): unknown[] =>
			heard.changes.map(({ eventType, new: row, old }) => [
				eventType,
				(eventType === 'DELETE' ? old : row).id
			]);
		expect(ids(ann)).toEqual([
			['INSERT', 1],
			['DELETE', 3],
			['DELETE', 4]
		]);
		expect(ids(bob)).toEqual([
			['INSERT', 2],
			['UPDATE', 1],
			['DELETE', 3],
			['DELETE', 4]
		]);
		expect(service.changes[0]?.new).toHaveProperty('secret');
	});

	it('selects columns, the key always among them', async () => {
		const client = connect(vsn, backend.secretKey);
		const heard = await subscribed(
			listenTo(client, [{ table: 'open', select: ['name'] }, { table: 'open' }])
		);
		await backend.sql`insert into open values (1, 'a', true)`;
		await expect.poll(() => heard.changes.length).toBe(2);
		expect(heard.changes.map((change) => change.new)).toEqual(
			expect.arrayContaining([
				{ id: 1, name: 'a' },
				{ id: 1, name: 'a', flag: true }
			])
		);
	});

	it.each([
		['id=eq.2', [2]],
		['id=neq.2', [1, 3, 4]],
		['id=lt.2', [1]],
		['id=lte.2', [1, 2]],
		['id=gt.2', [3, 4]],
		['id=gte.2', [2, 3, 4]],
		['id=in.(1,3)', [1, 3]],
		['name=in.("a,b",two)', [1, 2]],
		['name=like.t%', [2, 3]],
		['name=ilike.T%', [2, 3]],
		['name=match.^t.o$', [2]],
		['name=imatch.^TH', [3]],
		['flag=is.true', [1]],
		['flag=is.null', [3, 4]],
		['flag=not.is.null', [1, 2]],
		['flag=isdistinct.true', [2, 3, 4]],
		['flag=is.false', [2]],
		['flag=is.unknown', [3, 4]],
		['id=not.eq.2', [1, 3, 4]],
		['id=gt.1,id=lt.4', [2, 3]],
		['name=eq."a,b"', [1]],
		['name=eq.three, id=eq.3', [3]],
		['flag=eq.false', [2]],
		['  ', [1, 2, 3, 4]]
	])('filters by %s', async (filter, expected) => {
		const client = connect(vsn);
		const heard = await subscribed(listenTo(client, [{ table: 'open', filter }]));
		const rest = await subscribed(listenTo(client, [{ table: 'open' }]));
		await backend.sql`
			insert into open values (1, 'a,b', true), (2, 'two', false), (3, 'three', null), (4, null, null)`;
		await expect.poll(() => rest.changes.length).toBe(4);
		await expect.poll(() => newIds(heard)).toEqual(expected);
	});

	it('reads a quoted value with everything in it', async () => {
		const client = connect(vsn);
		const [heard, listed] = await Promise.all(
			['name=eq."a,\\"b\\\\c)"', 'name=in.("a,\\"b\\\\c)"),id=eq.1'].map((filter) =>
				subscribed(listenTo(client, [{ table: 'open', filter }]))
			)
		);
		await backend.sql`insert into open values (2, 'a'), (1, ${'a,"b\\c)'})`;
		await expect
			.poll(() => [heard, listed].map((each) => each && newIds(each)))
			.toEqual([[1], [1]]);
	});

	it('says why it cannot, and stays joined', async () => {
		const client = await connectAs(vsn, 'ann');
		const said = async (wish: Wish): Promise<string> => {
			const heard = listenTo(client, [wish]);
			await expect.poll(() => heard.systems.length, { interval: 5 }).toBe(1);
			expect(heard.systems[0]?.status).toBe('error');
			expect(heard.channel.state).toBe('joined');
			return heard.systems[0]?.message ?? '';
		};
		const enabled =
			'Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters:';
		const check =
			'Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters:';
		expect(await said({ table: 'unpublished', event: 'INSERT' })).toBe(
			`${enabled} [event: INSERT, schema: public, table: unpublished, filters: [], select: nil]`
		);
		expect(await said({ table: 'notes', filter: 'notacolumn=eq.123' })).toBe(
			`${check} [event: *, schema: public, table: notes, filters: [{"notacolumn", "eq", "123", false}], select: nil]. Exception: ERROR P0001 (raise_exception) invalid column for filter notacolumn`
		);
		expect(await said({ table: 'notes', filter: 'secret=eq.1' })).toContain(
			'invalid column for filter secret'
		);
		expect(await said({ table: 'notes', filter: 'id=eq.x' })).toContain(
			'ERROR 22P02 (invalid_text_representation) invalid input syntax for type bigint: "x"'
		);
		expect(await said({ table: 'notes', filter: 'wrong' })).toBe(
			'Error parsing `filter` params: ["wrong"]'
		);
		expect(await said({ table: 'notes', filter: 'id=foo.1' })).toBe(
			'Error parsing `filter` params: ["foo", "1"]'
		);
		expect(await said({ table: 'notes', filter: 'id=eq.1,,id=eq.2' })).toBe(
			'Error parsing `filter` params: filter must not contain empty segments (check for extra commas)'
		);
		expect(await said({ table: 'notes', filter: 'id=in.1' })).toBe(
			'Error parsing `filter` params: `in` filter value must be wrapped by parentheses'
		);
		const many = Array.from({ length: 101 }, (_, n) => n).join();
		expect(await said({ table: 'notes', filter: `id=in.(${many})` })).toContain(
			'too many values for `in` filter. Maximum 100'
		);
		expect(await said({ table: 'notes', filter: 'id=like.1' })).toContain(
			'operator like requires a text-compatible column type, got bigint'
		);
		expect(await said({ table: 'notes', filter: 'body=match.(' })).toContain(
			'invalid regular expression for match filter'
		);
		expect(await said({ table: 'notes', filter: 'body=is.true' })).toContain(
			'is true filter requires a boolean column, got text'
		);
		expect(await said({ table: 'notes', filter: 'tags=eq.{a}' })).toContain(
			'filters on columns of type text[] are not supported'
		);
		expect(await said({ table: 'notes', select: ['secret'] })).toContain(
			'invalid column for select secret'
		);
		expect(await said({ select: ['id'] })).toBe(
			'Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.'
		);
	});

	it('answers the join when the subscription stands, if asked to', async () => {
		const client = connect(vsn);
		const options = { postgres_changes_options: { wait: true, timeout: 5000 } };
		const heard = listenTo(client, [{ table: 'open' }], options);
		await expect.poll(() => heard.statuses, { interval: 1 }).toEqual(['SUBSCRIBED']);
		await backend.sql`insert into open values (1)`;
		await expect.poll(() => heard.changes.length).toBe(1);
		expect(heard.systems).toMatchObject([{ message: 'Subscribed to PostgreSQL' }]);
		const refused = listenTo(client, [{ table: 'unpublished' }], options);
		await expect
			.poll(() => refused.statuses[0], { interval: 5 })
			.toMatch(/^CHANNEL_ERROR RealtimeDisabledForConfiguration: Unable to subscribe to changes/);
	});

	it('waits for nothing where there are no bindings', async () => {
		const options = { postgres_changes_options: { wait: true, timeout: 5000 } };
		const heard = listenTo(connect(vsn), [], options);
		await expect.poll(() => heard.statuses).toEqual(['SUBSCRIBED']);
		expect(heard.systems).toEqual([]);
	});

	it('follows a new token', async () => {
		const user = { name: 'ann' };
		const client = await connectAs(vsn, user);
		const heard = await subscribed(listenTo(client, [{ table: 'notes', event: 'INSERT' }]));
		user.name = 'bob';
		await client.realtime.setAuth();
		await expect.poll(() => heard.systems.length).toBe(2);
		expect(heard.systems[1]?.message).toBe('Subscribed to PostgreSQL');
		await backend.sql`insert into notes (id, owner) values (1, 'ann'), (2, 'bob')`;
		await expect.poll(() => newIds(heard)).toEqual([2]);
	});

	it('reports what it may not or cannot tell', async () => {
		const anonymous = await subscribed(listenTo(connect(vsn), [{ table: 'notes' }]));
		const keyless = await subscribed(listenTo(connect(vsn), [{ table: 'keyless' }]));
		const large = await subscribed(listenTo(connect(vsn), [{ table: 'open' }]));
		await backend.sql`insert into notes (id) values (1)`;
		await backend.sql`insert into keyless values ('x')`;
		await backend.sql`insert into open values (1, repeat('x', 1100000), true)`;
		const errors = (heard: Listening): unknown[] => heard.changes.map((change) => change.errors);
		await expect.poll(() => errors(anonymous)).toEqual([['Error 401: Unauthorized']]);
		await expect.poll(() => errors(keyless)).toEqual([['Error 400: Bad Request, no primary key']]);
		await expect.poll(() => errors(large)).toEqual([['Error 413: Payload Too Large']]);
		expect(anonymous.changes[0]).toMatchObject({ new: {}, commit_timestamp: null });
		expect(large.changes[0]?.new).toEqual({ id: 1, flag: true });
	});
});

async function joinRaw(bindings: unknown[], vsn = '2.0.0'): Promise<RawSocket> {
	const socket = await RawSocket.open(backend, { vsn, key: backend.secretKey });
	sockets.push(socket);
	await socket.join(`realtime:raw ${++topics}`, { postgres_changes: bindings });
	return socket;
}

describe('the frames of postgres_changes', () => {
	it.each(['1.0.0', '2.0.0'])('echo the bindings and name them by id on %s', async (vsn) => {
		const bindings = [
			{ event: 'INSERT', schema: 'public', table: 'open' },
			{ event: '*', schema: 'public', table: 'open', filter: 'id=eq.1' },
			{ event: 'INSERT', schema: 'public', table: 'open' },
			{ event: 'DELETE', schema: 'public', table: 'open' }
		];
		const socket = await joinRaw(bindings, vsn);
		const echoed = socket.frames[0]?.payload.response.postgres_changes ?? [];
		expect(echoed).toEqual(bindings.map((each, n) => ({ ...each, id: echoed[n]?.id })));
		expect(echoed[0]?.id).toBe(echoed[2]?.id);
		await socket.next((frame) => frame.event === 'system');
		await backend.sql`insert into open values (1, 'a', true)`;
		const frame = await socket.next(({ event }) => event === 'postgres_changes');
		expect(frame).toMatchObject({ joinRef: null, ref: null });
		const { ids, data } = frame.payload as unknown as { ids: number[]; data: Row };
		expect(ids.toSorted()).toEqual([echoed[0]?.id, echoed[1]?.id].toSorted());
		expect(data).toEqual({
			schema: 'public',
			table: 'open',
			type: 'INSERT',
			commit_timestamp: expect.any(String) as string,
			columns: [
				{ name: 'id', type: 'int4' },
				{ name: 'name', type: 'text' },
				{ name: 'flag', type: 'bool' }
			],
			record: { id: 1, name: 'a', flag: true },
			errors: null
		});
	});

	it.each([
		[{ event: '*' }, 'subscribe to: %{"event" => "*"}'],
		[{ schema: 'public', filter: 'id=eq.1' }, '%{"filter" => "id=eq.1", "schema" => "public"}'],
		[{ table: 'open', select: 'id' }, 'Error parsing `select` params: expected a list']
	])('say what is wrong with %j', async (binding, message) => {
		const socket = await joinRaw([binding]);
		const system = await socket.next((frame) => frame.event === 'system');
		expect(system.payload).toMatchObject({ extension: 'postgres_changes', status: 'error' });
		expect(system.payload.message).toContain(message);
	});

	it('understand a table without a schema, and patterns', async () => {
		const socket = await joinRaw([
			{ table: 'op%', event: 'insert' },
			{ schema: '*', event: 'x' }
		]);
		const refused = await socket.next((frame) => frame.event === 'system');
		expect(refused.payload.message).toBe('Subscribed to PostgreSQL');
		await backend.sql`insert into open values (1)`;
		const frame = await socket.next(({ event }) => event === 'postgres_changes');
		expect((frame.payload as unknown as { ids: number[] }).ids).toHaveLength(2);
	});

	it('come on private channels too, and end with a join that asks for none', async () => {
		const socket = await RawSocket.open(backend, { key: backend.secretKey });
		sockets.push(socket);
		const topic = `realtime:raw ${++topics}`;
		await socket.join(topic, { private: true, postgres_changes: [{ table: 'open' }] });
		await socket.next((frame) => frame.event === 'system' && frame.payload.status === 'ok');
		await backend.sql`insert into open values (1)`;
		await socket.next(({ event }) => event === 'postgres_changes');
		await socket.join(topic, { private: true });
		await expect.poll(() => backend.sql`select from realtime.subscription`).toHaveLength(0);
	});

	it('leave no rows behind when their client goes while they are stored', async () => {
		const sessions = (state: string) => () =>
			backend.sql`
				select from pg_stat_activity
				where application_name = 'realtime' and ${backend.sql.unsafe(state)}`;
		await expect.poll(() => backend.sql`select from realtime.subscription`).toHaveLength(0);
		const lock = await backend.sql.reserve();
		await lock`begin`;
		await lock`lock table realtime.subscription in share mode`;
		const socket = await joinRaw([{ table: 'open' }]);
		await expect.poll(sessions("wait_event_type = 'Lock'")).toHaveLength(1);
		socket.close();
		await expect.poll(sessions("wait_event_type = 'Lock'")).toHaveLength(2);
		await lock`rollback`;
		lock.release();
		await expect.poll(sessions("state <> 'idle'")).toHaveLength(0);
		await expect.poll(() => backend.sql`select from realtime.subscription`).toHaveLength(0);
	});

	it('fail all bindings of a channel when one is bad, and leave no rows behind', async () => {
		const rows = async (): Promise<number> =>
			(await backend.sql`select from realtime.subscription`).length;
		await expect.poll(rows).toBe(0);
		const socket = await joinRaw([{ table: 'open' }, { table: 'unpublished' }]);
		await socket.next((frame) => frame.event === 'system' && frame.payload.status === 'error');
		expect(await rows()).toBe(0);
		const good = await joinRaw([{ table: 'open' }, { schema: 'public' }]);
		await good.next((frame) => frame.event === 'system' && frame.payload.status === 'ok');
		expect(await rows()).toBe(4);
		good.close();
		await expect.poll(rows).toBe(0);
	});
});

describe('postgres_changes over time', () => {
	it('notices tables that join the publication', async () => {
		const heard = await subscribed(listenTo(connect('2.0.0', backend.secretKey), [{}]));
		await backend.sql.unsafe(`create table public.newcomer (id int primary key);
			alter publication supabase_realtime add table public.newcomer`);
		await expect.poll(() => heard.systems.length).toBe(2);
		await backend.sql`insert into newcomer values (1)`;
		await expect.poll(() => heard.changes.map(({ table }) => table)).toEqual(['newcomer']);
		await backend.sql`drop table newcomer`;
		await expect.poll(() => heard.systems.length).toBe(3);
		await backend.sql`insert into open values (1)`;
		await expect.poll(() => heard.changes.length).toBe(2);
	});

	it('a policy that raises hides the row from its subscriber only', async () => {
		await backend.sql.unsafe(`
			create table public.fragile (id int primary key);
			alter table public.fragile enable row level security;
			create policy "numbers" on public.fragile for select to authenticated
				using ((auth.jwt() ->> 'sub')::int = id);
			grant select on public.fragile to authenticated;
			alter publication supabase_realtime add table public.fragile`);
		const clients = await Promise.all(['word', '1'].map((sub) => connectAs('2.0.0', sub)));
		const [word, one] = await Promise.all(
			clients.map((client) => subscribed(listenTo(client, [{ table: 'fragile' }])))
		);
		await backend.sql`insert into fragile values (1)`;
		await expect.poll(() => one?.changes.length).toBe(1);
		expect(word?.changes).toEqual([]);
		await backend.sql`drop table fragile`;
	});

	it('tells of what was committed while Postgres was away, once', async () => {
		const heard = await subscribed(listenTo(connect('2.0.0'), [{ table: 'open' }]));
		for (const pid of await walsenders()) killIfThere(pid);
		let stored = 0;
		for (let id = 0; id < 200; id++) {
			await backend.sql`insert into open values (${id})`.then(
				() => stored++,
				() => undefined
			);
		}
		await backend.crashPostgres();
		await expect
			.poll(() =>
				backend.sql`insert into open values (1000)`.then(
					() => true,
					() => false
				)
			)
			.toBe(true);
		await expect.poll(() => heard.changes.at(-1)?.new.id).toBe(1000);
		const rows = await backend.sql<{ id: number }[]>`select id from open order by id`;
		expect(stored).toBeGreaterThan(0);
		expect(newIds(heard)).toEqual(rows.map(({ id }) => id));
	});

	it('subscribes as soon as Postgres is back, or says that it took too long', async () => {
		const client = connect('2.0.0');
		let heard: Listening | undefined;
		await backend.restartPostgres(async () => {
			heard = listenTo(client, [{ table: 'open' }]);
			await expect.poll(() => heard?.statuses).toEqual(['SUBSCRIBED']);
			const options = { postgres_changes_options: { wait: true, timeout: 200 } };
			const waiting = listenTo(client, [{ table: 'open' }], options);
			await expect
				.poll(() => waiting.statuses[0])
				.toBe(
					'CHANNEL_ERROR PostgresChangesSubscribeTimeout: Timed out after 200ms waiting for the postgres_changes subscription'
				);
			expect(heard.systems).toEqual([]);
		});
		if (heard) await subscribed(heard);
		await expect
			.poll(() =>
				backend.sql`insert into open values (1) on conflict do nothing`.then(
					() => true,
					() => false
				)
			)
			.toBe(true);
		await expect.poll(() => heard?.changes.length).toBe(1);
	});

	it('keeps the order of more changes than it holds', async () => {
		const heard = await subscribed(listenTo(connect('2.0.0'), [{ table: 'open' }]));
		await backend.sql`insert into open select generate_series(1, 1000)`;
		await expect.poll(() => heard.changes.length, { timeout: 45_000 }).toBe(1000);
		expect(newIds(heard)).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1));
	});
});

/** The first kill makes Postgres end all its sessions, so the next may be gone. */
function killIfThere(pid: number): void {
	try {
		process.kill(pid, 'SIGKILL');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
	}
}

async function walsenders(): Promise<number[]> {
	const rows = await backend.sql<{ pid: number }[]>`
		select pid from pg_stat_activity where backend_type = 'walsender'`;
	return rows.map((row) => row.pid);
}

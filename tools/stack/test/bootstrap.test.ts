import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootstrap } from '../src/bootstrap.ts';
import { installNet } from '../src/net.ts';
import { installRealtime } from '../src/realtime/install.ts';
import { startBackend } from './support/backend.ts';
import type { Backend } from './support/backend.ts';

let backend: Backend;
let migrator: postgres.Sql;

beforeAll(async () => {
	backend = await startBackend();
	migrator = postgres(backend.postgres.url('postgres'), { max: 1, onnotice: () => undefined });
});

afterAll(async () => {
	await migrator.end();
	await backend.stop();
});

describe('the role of migrations', () => {
	it('is no superuser', async () => {
		const [row] = await migrator`
			select rolsuper, rolcreaterole, rolbypassrls from pg_roles where rolname = current_user`;
		expect(row).toEqual({ rolsuper: false, rolcreaterole: true, rolbypassrls: true });
		await expect(migrator`set role supabase_admin`).rejects.toMatchObject({ code: '42501' });
	});

	it.each([
		'create schema app',
		'create table public.things (id int primary key)',
		'alter default privileges revoke execute on functions from public',
		'create extension pg_trgm with schema extensions',
		'create table public.people (id uuid primary key references auth.users on delete cascade)',
		`create function public.greet() returns trigger language plpgsql
			as $$ begin return new; end $$`,
		`create trigger greet after insert on auth.users
			for each row execute function public.greet()`,
		'drop trigger greet on auth.users',
		`insert into storage.buckets (id, name, public) values ('b', 'b', true)`,
		'create policy "all" on storage.objects for select to anon using (true)',
		'alter policy "all" on storage.objects to authenticated',
		'drop policy "all" on storage.objects',
		'alter publication supabase_realtime add table public.things',
		'create table supabase_migrations.notes (id int)',
		'set role authenticator',
		'reset role'
	])('may: %s', async (statement) => {
		await expect(migrator.unsafe(statement)).resolves.toBeDefined();
	});

	it.each([
		'alter table storage.objects disable row level security',
		'alter table storage.objects add column mine int',
		'create table auth.mine (id int)',
		'create index on auth.users (created_at)',
		'drop table storage.objects cascade',
		'create or replace function auth.uid() returns uuid language sql as $$ select null::uuid $$',
		'create role boss superuser'
	])('may not, as on a hosted project: %s', async (statement) => {
		await expect(migrator.unsafe(statement)).rejects.toMatchObject({ code: '42501' });
	});
});

describe('the helpers of policies', () => {
	it('read the claims that Realtime and the Data API set', async () => {
		const sub = crypto.randomUUID();
		const claims = JSON.stringify({ sub, role: 'anon', email: 'a@b.c', site_id: 'x' });
		const rows = await migrator.begin(async (transaction) => {
			await transaction`select set_config('request.jwt.claims', ${claims}, true)`;
			return transaction`
				select auth.uid(), auth.role(), auth.email(), auth.jwt() ->> 'site_id' as site`;
		});
		expect([...rows]).toEqual([{ uid: sub, role: 'anon', email: 'a@b.c', site: 'x' }]);
		const [nobody] = await migrator`select auth.uid(), auth.jwt()`;
		expect(nobody).toEqual({ uid: null, jwt: null });
	});
});

describe('bootstrap', () => {
	it('runs once', async () => {
		const passwords = backend.keys.databasePasswords;
		expect(await bootstrap({ databaseUrl: backend.postgres.url(), passwords })).toBe(false);
	});

	it('gives every login role the password of its own', async () => {
		for (const role of Object.keys(backend.keys.databasePasswords)) {
			const sql = postgres(backend.postgres.url(role), { max: 1 });
			expect([...(await sql`select current_user::text as role`)]).toEqual([{ role }]);
			await sql.end();
		}
	});
});

it.each([
	['the bootstrap', (url: string) => bootstrap({ databaseUrl: url })],
	['the installer of Realtime', (url: string) => installRealtime(url)],
	['the installer of pg_net', (url: string) => installNet(url)]
])('%s fails, and does not wait, when the server dies under its first question', async (_, run) => {
	// A server that lets in and is gone.
	const server = createServer((socket) => {
		socket.on('error', () => undefined);
		socket.once('data', () => {
			server.close();
			socket.write(Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1'));
			socket.once('data', () => socket.destroy());
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	await expect(run(`postgres://a:b@127.0.0.1:${port}/postgres`)).rejects.toThrow();
});

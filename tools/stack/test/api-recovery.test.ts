import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Backend } from './support/backend.ts';
import { startSchema } from './support/product.ts';

let backend: Backend;

beforeAll(async () => {
	backend = await startSchema();
});

afterAll(() => backend.stop());

it('answers 503 while Postgres is down, and works again by itself', async () => {
	const client = backend.client();
	const signedUp = await client.auth.signUp({ email: 'a@example.com', password: 'passw0rd!' });
	expect(signedUp.error).toBeNull();
	expect((await client.rpc('add', { a: 1 })).data).toBe(11);

	backend.postgres.kill();
	await backend.postgres.exited;
	// A session may outlive its postmaster by a moment.
	await expect.poll(async () => (await client.rpc('add', { a: 1 })).status).toBe(503);
	expect((await client.rpc('add', { a: 1 })).error?.code).toBe('PGRST001');
	const signIn = await backend
		.client()
		.auth.signInWithPassword({ email: 'a@example.com', password: 'passw0rd!' });
	expect(signIn.error?.status).toBe(503);

	await backend.restartPostgres();
	// All sessions of the pool are dead; each must be noticed.
	const answers = await Promise.all(Array.from({ length: 20 }, () => client.rpc('add', { a: 1 })));
	expect(answers.map(({ data }) => data as number)).toEqual(Array(20).fill(11));
	expect((await client.auth.getUser()).data.user?.email).toBe('a@example.com');

	// And the API still hears of changes of the schema.
	await backend.sql`create table public.later (id int primary key)`;
	await backend.sql`grant select on public.later to anon, authenticated`;
	await expect.poll(async () => (await client.from('later').select()).data).toEqual([]);
});

it('ends requests under way when Postgres is restarted in order', async () => {
	const client = backend.client({ key: backend.keys.secretKey });
	const slow = client.rpc('sleep', { seconds: 20 }).then(({ status }) => status);
	await expect
		.poll(
			async () =>
				backend.sql`select from pg_stat_activity where query like '%"sleep"(%' and pid <> pg_backend_pid()`
		)
		.toHaveLength(1);
	await backend.postgres.stop();
	expect(await slow).toBe(503);
	await backend.restartPostgres();
	expect((await client.rpc('add', { a: 1 })).data).toBe(11);
});

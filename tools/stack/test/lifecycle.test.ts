import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../src/open-database.ts';
import { startStack, type Stack } from '../src/stack.ts';
import { createProject, type ProjectFixture } from './support/project-fixture.ts';
import { processesWith, StackProcess, type Ready } from './support/stack-process.ts';

const files = {
	'supabase/config.toml': `
project_id = "fixture"
[functions.hook]
verify_jwt = false
entrypoint = "../functions/hook/index.ts"
[functions.smtp]
verify_jwt = false
entrypoint = "../functions/smtp/index.ts"
`,
	'supabase/migrations/20260101000000_create_notes.sql': `
create schema private;
create table private.settings (key text primary key, value text not null);
create table public.notes (text text primary key);
grant select, insert, update on public.notes to service_role;
create function public.call_hook() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform net.http_post(
    (select value from private.settings where key = 'functions_url') || '/hook',
    jsonb_build_object('text', new.text),
    headers := jsonb_build_object('apikey', (select value from private.settings where key = 'secret_key'))
  );
  return null;
end $$;
create trigger call_hook after insert on public.notes for each row
  when (new.text like 'hook:%') execute function public.call_hook();
`,
	'supabase/seed.sql': `insert into public.notes values ('seed');`,
	'functions/smtp/index.ts': `
		export default { fetch: () => new Response(Deno.env.get('SMTP_HOST') + ':' + Deno.env.get('SMTP_PORT')) };`,
	'functions/hook/index.ts': `
		export default { async fetch(request: Request) {
			const { text } = await request.json();
			const key = JSON.parse(Deno.env.get('SUPABASE_SECRET_KEYS')!).default;
			if (request.headers.get('apikey') !== key) return new Response('who?', { status: 401 });
			const answer = await fetch(Deno.env.get('SUPABASE_URL') + '/rest/v1/notes', {
				method: 'POST', headers: { apikey: key, 'content-type': 'application/json' },
				body: JSON.stringify({ text: 'answer to ' + text })
			});
			return new Response(null, { status: answer.status });
		} };`
};

let project: ProjectFixture;
let data: string;
const stacks: StackProcess[] = [];

beforeEach(() => {
	project = createProject(files);
	data = join(project.root, 'data');
});
afterEach(async () => {
	for (const stack of stacks.splice(0)) if (stack.child.exitCode === null) await stack.kill();
	await expect.poll(() => processesWith(project.root)).toEqual([]);
	project.remove();
});

function start(options: { port?: number; flags?: string[] } = {}): StackProcess {
	const stack = new StackProcess({ root: project.root, data, ...options });
	stacks.push(stack);
	return stack;
}

const secretKey = () =>
	(JSON.parse(readFileSync(join(data, 'keys.json'), 'utf8')) as { secretKey: string }).secretKey;

async function insert({ url }: Ready, text: string): Promise<number> {
	const response = await fetch(`${url}/rest/v1/notes`, {
		method: 'POST',
		headers: { apikey: secretKey(), 'content-type': 'application/json' },
		body: JSON.stringify({ text })
	});
	return response.status;
}

async function notes({ url }: Ready): Promise<string[]> {
	const response = await fetch(`${url}/rest/v1/notes?select=text&order=text`, {
		headers: { apikey: secretKey() }
	});
	expect(response.status).toBe(200);
	return ((await response.json()) as { text: string }[]).map(({ text }) => text);
}

describe('a start after a clean stop', () => {
	it('keeps the data, does not seed again and leaves no process behind', async () => {
		const first = start();
		const ready = await first.ready;
		expect(await insert(ready, 'mine')).toBe(201);
		expect(JSON.parse(readFileSync(join(data, 'run.json'), 'utf8'))).toMatchObject({
			pid: first.child.pid,
			url: ready.url
		});
		expect(await first.stop()).toBe(0);
		expect(existsSync(join(data, 'run.json'))).toBe(false);
		expect(processesWith(project.root)).toEqual([]);
		expect(await notes(await start().ready)).toEqual(['mine', 'seed']);
	});

	it.each(['SIGINT', 'SIGHUP'] as const)('ends with code 0 on %s', async (signal) => {
		const stack = start();
		await stack.ready;
		stack.child.kill(signal);
		expect(await stack.exit).toEqual([0, null]);
		expect(processesWith(project.root)).toEqual([]);
	});

	it('also comes when the process that started it is gone', async () => {
		const stack = start();
		await stack.ready;
		stack.child.disconnect();
		expect(await stack.exit).toEqual([0, null]);
	});

	it('does not wait any longer at the second signal', async () => {
		const stack = start();
		await stack.ready;
		stack.child.kill('SIGINT');
		stack.child.kill('SIGTERM');
		expect(await stack.exit).toEqual([130, null]);
		expect(await notes(await start().ready)).toEqual(['seed']);
	});

	it.each([
		['a signal', (stack: StackProcess) => stack.child.kill('SIGINT')],
		['the end of its parent', (stack: StackProcess) => stack.child.disconnect()]
	])('comes before the start is finished by %s', async (_, end) => {
		const stack = start();
		await expect.poll(() => existsSync(join(data, 'run.json'))).toBe(true);
		end(stack);
		expect(await stack.exit).toEqual([0, null]);
		expect(processesWith(project.root)).toEqual([]);
	});
});

describe('kill -9', () => {
	it('at any moment of the first boot is recovered from', async () => {
		for (let delayMs = 100; delayMs <= 1_600; delayMs += 300) {
			const stack = start();
			const booted = stack.ready.then(() => true);
			const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), delayMs));
			await Promise.race([booted, late]);
			await stack.kill();
		}
		expect(await notes(await start().ready)).toEqual(['seed']);
	}, 60_000);

	it('loses nothing that was acknowledged', async () => {
		const acknowledged: string[] = ['seed'];
		for (let round = 0; round < 3; round++) {
			const stack = start();
			const ready = await stack.ready;
			const killAt = acknowledged.length + 5 + Math.floor(Math.random() * 30);
			const write = async (writer: number) => {
				for (let n = 0; stack.child.exitCode === null && stack.child.signalCode === null; n++) {
					const text = `${round} ${writer} ${n}`;
					// A refused connection is the kill, which this is about.
					const status = await insert(ready, text).catch(() => 0);
					if (status === 201) acknowledged.push(text);
					if (acknowledged.length >= killAt) stack.child.kill('SIGKILL');
				}
			};
			await Promise.all([write(1), write(2), write(3)]);
			await stack.exit;
		}
		const stored = new Set(await notes(await start().ready));
		expect(acknowledged.length).toBeGreaterThan(15);
		expect(acknowledged.filter((text) => !stored.has(text))).toEqual([]);
	}, 60_000);

	it('leaves no process behind', async () => {
		const stack = start();
		await stack.ready;
		expect(processesWith(join(data, 'postgres'))).not.toEqual([]);
		await stack.kill();
		await expect.poll(() => processesWith(project.root)).toEqual([]);
	});
});

describe('a second stack', () => {
	it('on the same data is told where the first one is', async () => {
		const { url } = await start().ready;
		const port = Number(new URL(url).port);
		for (const options of [{}, { port }])
			await expect(start(options).ready).rejects.toThrow(
				`ChatIQ already runs on this data: ${url}`
			);
		await expect(start({ flags: ['--reset'] }).ready).rejects.toThrow('already runs on this data');
		expect((await fetch(`${url}/shop/none`)).status).toBe(404);
	});

	it('on the same port is told who has it and ends with code 1', async () => {
		const first = start();
		const port = Number(new URL((await first.ready).url).port);
		const second = new StackProcess({ root: project.root, data: `${data}-2`, port });
		stacks.push(second);
		await expect(second.ready).rejects.toThrow(
			`Port ${port} is already in use by PID ${first.child.pid ?? 0}`
		);
		expect(await second.exit).toEqual([1, null]);
	});
});

describe('--reset', () => {
	it('starts over with new keys and the seed', async () => {
		const first = start();
		const ready = await first.ready;
		await insert(ready, 'mine');
		await first.stop();
		const again = await start({ flags: ['--reset'] }).ready;
		expect(await notes(again)).toEqual(['seed']);
		expect(again.publishableKey).not.toBe(ready.publishableKey);
	});

	it('deletes what is ours, after a kill as well', async () => {
		const first = start();
		await first.ready;
		await first.kill();
		writeFileSync(join(data, 'letter.txt'), 'not ours');
		await start({ flags: ['--reset'] }).ready;
		expect(readFileSync(join(data, 'letter.txt'), 'utf8')).toBe('not ours');
	});

	it('refuses a folder that does not hold our data', async () => {
		mkdirSync(data);
		writeFileSync(join(data, 'thesis.txt'), 'years of work');
		await expect(start({ flags: ['--reset'] }).ready).rejects.toThrow(
			"does not hold ChatIQ's data"
		);
		expect(readdirSync(data)).toEqual(['thesis.txt']);
	});
});

describe('inside of one process', () => {
	let stack: Stack | undefined;
	const log: string[] = [];
	const boot = async (): Promise<Ready> => {
		stack = await startStack({
			root: project.root,
			dataDirectory: data,
			port: 0,
			durable: false,
			log: (part, line) => log.push(`${part}: ${line}`)
		});
		return { url: stack.url, publishableKey: stack.keys.publishableKey };
	};
	const connect = () => openDatabase(stack?.databaseUrl ?? '', { max: 1 });
	afterEach(async () => {
		await stack?.close();
		stack = undefined;
	});

	it('SQL calls functions and functions call the API', async () => {
		const ready = await boot();
		expect(await insert(ready, 'hook: one')).toBe(201);
		await expect.poll(() => notes(ready)).toEqual(['answer to hook: one', 'hook: one', 'seed']);
	});

	it('a migration may use the extensions of hosted projects', async () => {
		project.write(
			'supabase/migrations/20260102000000_use_extensions.sql',
			`create extension if not exists pg_net with schema extensions;
			create extension if not exists pg_cron with schema pg_catalog;
			create extension if not exists pgmq;
			create extension if not exists vector with schema extensions;
			create table public.items (embedding extensions.vector(3));
			select pgmq.create('jobs');
			select cron.schedule('hook', '1 second',
				$$insert into public.notes values ('hook: cron') on conflict do nothing$$);`
		);
		const ready = await boot();
		await expect.poll(() => notes(ready)).toEqual(['answer to hook: cron', 'hook: cron', 'seed']);
	});

	it('mails of Auth and of functions lie in the mailbox, also after a restart', async () => {
		const { url } = await boot();
		const key = { apikey: secretKey(), 'content-type': 'application/json' };
		const post = (path: string, body: object) =>
			fetch(`${url}/auth/v1${path}`, { method: 'POST', headers: key, body: JSON.stringify(body) });
		await post('/admin/users', { email: 'olena@example.com', email_confirm: true });
		expect((await post('/recover', { email: 'olena@example.com' })).status).toBe(200);
		const address = await (await fetch(`${url}/functions/v1/smtp`)).text();
		await createTransport(`smtp://${address}`).sendMail({
			...{ from: 'function@example.com', to: 'olena@example.com' },
			...{ subject: 'From a function', text: 'Hello' }
		});
		const subjects = async ({ url: base }: Ready) => {
			const answer = await fetch(`${base}/mailbox/api/messages?to=olena@example.com`);
			const { messages } = (await answer.json()) as { messages: { subject: string }[] };
			return messages.map(({ subject }) => subject);
		};
		await stack?.close();
		expect(await subjects(await boot())).toEqual(['From a function', 'Reset Your Password']);
	});

	it('uploads of one file at once are stored in turn', async () => {
		const { url } = await boot();
		const key = { apikey: secretKey(), 'content-type': 'application/json' };
		const bucket = { id: 'files', name: 'files', public: true };
		await fetch(`${url}/storage/v1/bucket`, {
			method: 'POST',
			headers: key,
			body: JSON.stringify(bucket)
		});
		const upload = async (n: number) =>
			fetch(`${url}/storage/v1/object/files/a.json`, {
				method: 'POST',
				headers: { ...key, 'x-upsert': 'true' },
				body: JSON.stringify(n)
			});
		const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => upload(n)));
		expect(answers.map(({ status }) => status)).toEqual(Array<number>(12).fill(200));
	});

	it('Postgres comes back when it dies', async () => {
		const ready = await boot();
		stack?.postgres.kill();
		await expect.poll(() => log.join('\n')).toContain('Postgres ended unexpectedly');
		await expect.poll(() => insert(ready, 'hook: after').catch(() => 0)).toBe(201);
		await expect.poll(() => notes(ready)).toContain('answer to hook: after');
	});

	it('closing twice is closing once', async () => {
		await boot();
		await Promise.all([stack?.close(), stack?.close()]);
		expect(processesWith(project.root)).toEqual([]);
	});

	it('migrations are applied once, as they come', async () => {
		await boot();
		await stack?.close();
		project.write(
			'supabase/migrations/20260101000100_add_done.sql',
			'alter table public.notes add column done boolean not null default false;'
		);
		await boot();
		const sql = connect();
		expect(await sql`select text, done from public.notes`).toEqual([{ text: 'seed', done: false }]);
		const history = await sql`
			select version from supabase_migrations.schema_migrations order by version`;
		expect(history.map((row) => row['version'] as string)).toEqual([
			'20260101000000',
			'20260101000100'
		]);
		await sql.end();
	});

	it('a history that lost a row is not taken for up to date', async () => {
		await boot();
		const sql = connect();
		await sql`drop table public.notes cascade`;
		await sql`drop schema private cascade`;
		await sql`drop function public.call_hook()`;
		await sql`delete from supabase_migrations.schema_migrations`;
		await sql.end();
		await stack?.close();
		expect(await notes(await boot())).toEqual([]);
	});

	it('a failing migration takes nothing of the upgrade with it and can be mended', async () => {
		const ready = await boot();
		await insert(ready, 'mine');
		await stack?.close();
		project.write(
			'supabase/migrations/20260101000100_add_half.sql',
			'create table public.half ();'
		);
		const file = 'supabase/migrations/20260101000200_break.sql';
		project.write(file, 'create table public.other (); insert into nowhere values (1);');
		const failure = await boot().catch((error: unknown) => String(error));
		expect(failure).toContain('The migration 20260101000200_break.sql failed');
		expect(failure).toContain('relation "nowhere" does not exist');
		expect(failure).toContain('The data is as it was before this start');
		expect(processesWith(project.root)).toEqual([]);

		// The version before goes on as if nothing had been.
		rmSync(join(project.root, 'supabase/migrations/20260101000100_add_half.sql'));
		rmSync(join(project.root, file));
		expect(await notes(await boot())).toEqual(['mine', 'seed']);
		await stack?.close();

		project.write(
			'supabase/migrations/20260101000100_add_half.sql',
			'create table public.half ();'
		);
		expect(await notes(await boot())).toEqual(['mine', 'seed']);
	}, 60_000);

	it('data is backed up before it is upgraded, and three of those are kept', async () => {
		const backups = () => readdirSync(join(data, 'backups')).sort();
		await boot();
		await stack?.close();
		expect(existsSync(join(data, 'backups'))).toBe(false);
		const seen: string[][] = [];
		for (let n = 1; n <= 4; n++) {
			project.write(
				`supabase/migrations/2026010100010${n}_add.sql`,
				`create table public.t${n} ();`
			);
			await boot();
			await stack?.close();
			seen.push(backups());
		}
		expect(seen.map(({ length }) => length)).toEqual([1, 2, 3, 3]);
		expect(seen[3]).not.toContain(seen[0]?.[0]);
		await boot();
		expect(backups()).toEqual(seen[3]);
	}, 60_000);

	it('data of a newer version is refused in words and not touched', async () => {
		const newer = 'supabase/migrations/20260101000100_newer.sql';
		project.write(newer, 'create table public.newer ();');
		await boot();
		await stack?.close();
		rmSync(join(project.root, newer));
		await expect(boot()).rejects.toThrow('was used by a newer version of ChatIQ');
		project.write(newer, 'create table public.newer ();');
		expect(await notes(await boot())).toEqual(['seed']);
	});

	it('an edited migration is not silently ignored', async () => {
		await boot();
		await stack?.close();
		const file = 'supabase/migrations/20260101000000_create_notes.sql';
		project.write(file, `${files[file]}\n-- edited`);
		await boot();
		expect(log.join('\n')).toContain('create_notes.sql was edited after it was applied');
	});

	it('a seed that fails leaves nothing and runs again', async () => {
		project.write('supabase/seed.sql', `insert into public.notes values ('a'); select 1/0;`);
		await expect(boot()).rejects.toThrow('division by zero');
		project.write('supabase/seed.sql', `insert into public.notes values ('a'); commit;`);
		await expect(boot()).rejects.toThrow('must not begin or end transactions');
	});
});

import { execFile } from 'node:child_process';
import {
	cpSync,
	existsSync,
	mkdtempSync,
	readFileSync,
	readdirSync,
	rmSync,
	statSync,
	writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack, type Stack } from '../src/stack.ts';

const project = join(import.meta.dirname, '../../..');
const scripts = join(import.meta.dirname, '../src/commands');
const work = mkdtempSync(join(tmpdir(), 'chatiq-backup-'));
const data = join(work, 'data');
const demo = JSON.parse(readFileSync(join(project, 'supabase/demo.json'), 'utf8')) as {
	password: string;
	users: [{ email: string }];
};
const picture = Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 251));
const live = join(work, 'live.tar.gz');
let stack: Stack | null = null;

const boot = async (dataDirectory = data) =>
	(stack = await startStack({
		root: project,
		dataDirectory,
		port: 0,
		durable: false,
		serve: { console: false }
	}));

async function command(name: string, ...args: string[]): Promise<[code: number, output: string]> {
	return new Promise((resolve) => {
		execFile(
			process.execPath,
			[join(scripts, `${name}.ts`), '--data', data, ...args],
			(error, stdout, stderr) => resolve([error ? (error.code as number) : 0, stdout + stderr])
		);
	});
}

async function signIn(): Promise<SupabaseClient> {
	const client = createClient(stack?.url ?? '', stack?.keys.publishableKey ?? '', {
		auth: { persistSession: false, autoRefreshToken: false }
	});
	const { email } = demo.users[0];
	const { error } = await client.auth.signInWithPassword({ email, password: demo.password });
	if (error) throw error;
	return client;
}

const service = () => createClient(stack?.url ?? '', stack?.keys.secretKey ?? '');

async function bodies(): Promise<string[]> {
	const client = await signIn();
	const { data: rows } = await client
		.from('messages')
		.select('body')
		.order('created_at')
		.throwOnError();
	return rows.map(({ body }) => body as string);
}

async function conversationId(client: SupabaseClient): Promise<string> {
	const { data: row } = await client
		.from('conversations')
		.select('id')
		.limit(1)
		.single()
		.throwOnError();
	return row.id as string;
}

async function upload(name: string): Promise<void> {
	const { error } = await service().storage.from('files').upload(name, picture, { upsert: true });
	if (error) throw error;
}

async function download(name: string): Promise<Buffer> {
	const { data: blob, error } = await service().storage.from('files').download(name);
	if (error) throw error;
	return Buffer.from(await blob.arrayBuffer());
}

beforeAll(async () => {
	await boot();
	await service().storage.createBucket('files');
	await upload('before.bin');
}, 60_000);
afterAll(async () => {
	await stack?.close();
	rmSync(work, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

describe('a backup of a stack that is in use', () => {
	const acknowledged: string[] = [];
	const duringUpload: string[] = [];

	it('is one file of mode 0600, while people write and upload', async () => {
		const client = await signIn();
		const conversation = await conversationId(client);
		let over = false;
		const write = async (writer: number) => {
			for (let n = 0; !over; n++) {
				const body = `during ${writer} ${n}`;
				const { error } = await client.rpc('send_operator_message', {
					conversation_id: conversation,
					message_id: crypto.randomUUID(),
					body,
					seen_seq: 1_000_000
				});
				if (!error) acknowledged.push(body);
				await upload(`during-${writer}-${n % 3}.bin`);
				duringUpload.push(`during-${writer}-${n % 3}.bin`);
			}
		};
		const writing = [write(1), write(2)];
		await expect.poll(() => acknowledged.length).toBeGreaterThan(3);
		const before = [...acknowledged];
		const [code, output] = await command('backup', '--to', live);
		over = true;
		await Promise.all(writing);
		expect([code, output]).toEqual([0, expect.stringContaining(live)]);
		expect(statSync(live).mode & 0o777).toBe(0o600);
		expect(readdirSync(work).filter((name) => name.endsWith('.part'))).toEqual([]);
		acknowledged.splice(0, acknowledged.length, ...before);
	}, 60_000);

	it('is not restored under a running stack', async () => {
		const [code, output] = await command('restore', live);
		expect([code, output]).toEqual([1, expect.stringContaining('Stop it first: npm run stop')]);
	});

	it('brings back messages, accounts and files as they were', async () => {
		const later = (await signIn()).rpc('send_operator_message', {
			conversation_id: await conversationId(await signIn()),
			message_id: crypto.randomUUID(),
			body: 'after the backup',
			seen_seq: 1_000_000
		});
		expect((await later).error).toBeNull();
		await stack?.close();
		const [code, output] = await command('restore', live);
		expect([code, output]).toEqual([0, expect.stringContaining('Restored the data of')]);
		await boot();
		const restored = await bodies();
		// Everything that was acknowledged before it began; what was written meanwhile may be in it.
		expect(acknowledged.filter((body) => !restored.includes(body))).toEqual([]);
		expect(restored).not.toContain('after the backup');
		expect(new Set(restored).size).toBe(restored.length);
		expect(await download('before.bin')).toEqual(picture);
		const { data: objects } = await service().storage.from('files').list();
		for (const { name } of objects ?? []) expect(await download(name)).toEqual(picture);
		expect(statSync(join(data, 'keys.json')).mode & 0o777).toBe(0o600);
		expect(readdirSync(join(data, 'before-restore')).sort()).toEqual([
			'keys.json',
			'postgres',
			'storage'
		]);
	}, 60_000);

	it('makes a stack of its own on an empty folder', async () => {
		await stack?.close();
		const copy = join(work, 'copy');
		const [code, output] = await command('restore', live, '--data', copy);
		expect([code, output.includes('What was here before')]).toEqual([0, false]);
		await boot(copy);
		expect((await bodies()).length).toBeGreaterThan(0);
		await stack?.close();
		await boot();
	}, 60_000);
});

describe('a backup that cannot be restored is refused in words, and the data stays', () => {
	const file = join(work, 'bad.tar.gz');
	let before: string[];
	beforeAll(async () => {
		before = await bodies();
		await stack?.close();
	});
	afterAll(async () => {
		await boot();
		expect(await bodies()).toEqual(before);
		expect(readdirSync(data)).not.toContain('restore-new');
	}, 60_000);

	it.each([
		['no file', () => rmSync(file, { force: true }), 'there is no such file'],
		['not a backup', () => writeFileSync(file, 'hello'), 'it is damaged, or no backup at all'],
		[
			'a file that was cut off',
			() => writeFileSync(file, readFileSync(live).subarray(0, -10_000)),
			'its end is missing'
		],
		[
			'a flipped bit',
			() => {
				const bytes = readFileSync(live);
				const middle = Math.floor(bytes.length / 2);
				bytes[middle] = (bytes[middle] ?? 0) ^ 1;
				writeFileSync(file, bytes);
			},
			'damaged'
		]
	])('%s', async (_, write, why) => {
		write();
		const [code, output] = await command('restore', file);
		expect([code, output]).toEqual([1, expect.stringContaining(why)]);
		expect(output).toContain('The present data is untouched');
	});

	it('one of a newer version', async () => {
		const older = join(work, 'older');
		cpSync(join(project, 'supabase'), join(older, 'supabase'), { recursive: true });
		const newest = readdirSync(join(older, 'supabase/migrations')).sort().at(-1) ?? '';
		rmSync(join(older, 'supabase/migrations', newest));
		const [code, output] = await command('restore', live, '--root', older);
		expect([code, output]).toEqual([
			1,
			expect.stringContaining(`migrations that are not here: ${newest.split('_')[0] ?? ''}`)
		]);
	});

	it('and wrong usage says how it goes', async () => {
		expect(await command('restore')).toEqual([
			2,
			expect.stringContaining('npm run restore -- FILE')
		]);
		expect(await command('backup', '--to', live)).toEqual([1, expect.stringContaining('exists')]);
		expect(await command('backup', '--into', 'x')).toEqual([2, expect.stringContaining('--into')]);
	});
});

it('a stopped stack is backed up as well, and stays stopped', async () => {
	await stack?.close();
	const [code, output] = await command('backup');
	expect([code, output]).toEqual([0, expect.stringContaining(join(data, 'backups/chatiq-'))]);
	expect(existsSync(join(data, 'run.json'))).toBe(false);
	expect(existsSync(join(data, 'postgres/postmaster.pid'))).toBe(false);
	stack = null;
}, 60_000);

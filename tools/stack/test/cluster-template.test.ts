import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { locateBinaries, type PostgresBinaries } from '../src/postgres/binaries.ts';
import {
	keepTemplate,
	readTemplate,
	templateFile,
	writeCluster
} from '../src/postgres/cluster-template.ts';
import { ensureDataDirectory } from '../src/postgres/data-directory.ts';
import { prepareTemplate } from '../src/postgres/prepare-template.ts';
import { superuser } from '../src/postgres/superuser.ts';
import { unprivilegedUser } from '../src/postgres/unprivileged-user.ts';
import { startPostgres } from '../src/postgres.ts';

let around: string;
let binaries: PostgresBinaries;
let template: string;
let lines: string[];

beforeEach(async () => {
	around = await mkdtemp(path.join(os.tmpdir(), 'chatiq-template-'));
	binaries = { ...locateBinaries(), cache: path.join(around, 'cache') };
	template = templateFile({ binaries, superuser });
	lines = [];
	// When we are root, Postgres is somebody else, who has to get there.
	await chmod(around, 0o711);
});

afterEach(() => rm(around, { recursive: true }));

/** As a start does it; `initdb` may be one that does not exist. */
async function make(name: string, use: PostgresBinaries = binaries): Promise<string> {
	const directory = path.join(around, name);
	await ensureDataDirectory({
		...{ directory, binaries: use, superuser, user: unprivilegedUser(directory) },
		...{ password: `secret of ${name}`, sync: 'never', log: (line) => lines.push(line) }
	});
	return directory;
}

const withoutInitdb = () => ({ ...binaries, initdb: path.join(around, 'no-initdb') });

/** The server's answer to the superuser with this password. */
async function logIn(dataDirectory: string, password: string): Promise<unknown> {
	const passwords = { [superuser]: password };
	const server = await startPostgres({ dataDirectory, durable: false, passwords });
	const sql = postgres(server.url(), { max: 1 });
	try {
		const [row] = await sql`select 'ПРИВІТ' ilike 'привіт' as letters, current_user as role`;
		return row;
	} finally {
		await sql.end();
		await server.stop();
	}
}

const loggedIn = { letters: true, role: superuser };
const refused = { code: '28P01' };

it('makes clusters without initdb, each with its own password', async () => {
	await prepareTemplate(binaries);
	const directory = await make('first', withoutInitdb());
	await make('second', withoutInitdb());
	expect((await stat(directory)).mode & 0o777).toBe(0o700);
	expect((await stat(template)).mode & 0o777).toBe(0o600);
	expect(await logIn(directory, 'secret of first')).toEqual(loggedIn);
	await expect(logIn(directory, 'secret of second')).rejects.toMatchObject(refused);
	expect(lines).toEqual([]);
});

it('holds a cluster that nobody can log in to', async () => {
	await prepareTemplate(binaries);
	const cluster = await readTemplate(template);
	if (!cluster) throw new Error('no template');
	const directory = path.join(around, 'bare');
	const user = unprivilegedUser(directory);
	await mkdir(directory, { mode: 0o700 });
	writeCluster(cluster, directory, user);
	const lists = await readFile(path.join(directory, 'pg_hba.conf'), 'utf8');
	expect(lists).not.toMatch(/^[^#]*\btrust\b/m);
	for (const password of ['', 'postgres'])
		await expect(logIn(directory, password)).rejects.toMatchObject(refused);
});

it('is kept by the first start that has none, also of two at once', async () => {
	await Promise.all([make('first'), make('second')]);
	await expect.poll(() => readdir(binaries.cache)).toEqual([path.basename(template)]);
	expect(await logIn(await make('third', withoutInitdb()), 'secret of third')).toEqual(loggedIn);
}, 60_000);

it('is made anew when it is damaged', async () => {
	await prepareTemplate(binaries);
	const whole = await readFile(template);
	const wrong = Buffer.from(whole);
	wrong.writeUInt8(wrong.readUInt8(1_000_000) ^ 1, 1_000_000);
	for (const bytes of [whole.subarray(0, 1_000_000), wrong]) {
		await writeFile(template, bytes);
		expect(await readTemplate(template)).toBeNull();
	}
	expect(await logIn(await make('first'), 'secret of first')).toEqual(loggedIn);
	await expect.poll(() => readTemplate(template)).not.toBeNull();
}, 60_000);

it('is replaced when Postgres does not start on it', async () => {
	await keepTemplate(template, {
		directories: ['base'],
		files: [{ name: 'PG_VERSION', size: 3, bytes: Buffer.from('17\n') }]
	});
	expect(await logIn(await make('first'), 'secret of first')).toEqual(loggedIn);
	expect(lines).toEqual([expect.stringContaining('so initdb runs')]);
	await expect.poll(async () => (await readTemplate(template))?.files.length).toBeGreaterThan(900);
}, 60_000);

it('is done without where it cannot be written', async () => {
	await writeFile(binaries.cache, 'a file is in the way');
	expect(await logIn(await make('first'), 'secret of first')).toEqual(loggedIn);
	await expect.poll(() => lines).toEqual([expect.stringContaining('is not kept')]);
});

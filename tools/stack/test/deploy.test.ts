import { execFile, spawn } from 'node:child_process';
import {
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from '@supabase/supabase-js';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOptions } from '../../../scripts/deploy/options.ts';
import { startStack, type Stack } from '../src/stack.ts';
import { ManagementApi } from './support/management-api.ts';
import { createProject } from './support/project-fixture.ts';

const repository = join(import.meta.dirname, '../../..');
const ref = 'abcdefghijklmnopqrst';
const token = `sbp_${'0123456789abcdef'.repeat(3).slice(0, 40)}`;
const firstMigration = '20261121090000_create_foundation.sql';

/** The checkout that is deployed: the product's own files, some of which a test changes. */
const checkout = createProject({});
/** The database begins with the first migration only, as one that was deployed to long ago. */
const old = createProject({});
const state = join(checkout.root, 'state');
let stack: Stack;
let management: ManagementApi;
let apiUrl: string;

interface Outcome {
	code: number;
	output: string;
}

async function deploy(...args: string[]): Promise<Outcome> {
	const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('SUPABASE_'));
	const env = {
		...Object.fromEntries(inherited),
		SUPABASE_ACCESS_TOKEN: token,
		SUPABASE_API_URL: apiUrl,
		SUPABASE_PROJECT_URL: stack.url,
		SUPABASE_DB_URL: `${stack.databaseUrl}?sslmode=disable`
	};
	const main = join(repository, 'scripts/deploy/main.ts');
	const where = ['--project', ref, '--root', checkout.root, '--data', state];
	return new Promise((resolve) => {
		execFile(process.execPath, [main, ...where, ...args], { env }, (error, stdout, stderr) =>
			resolve({ code: error ? (error.code as number) : 0, output: stdout + stderr })
		);
	});
}

beforeAll(async () => {
	for (const name of ['supabase', 'functions', 'packages', 'apps/widget/dist', 'apps/admin/build'])
		cpSync(join(repository, name), join(checkout.root, name), {
			recursive: true,
			filter: (path) => !/node_modules|\.temp/.test(path)
		});
	symlinkSync(join(repository, 'node_modules'), join(checkout.root, 'node_modules'));
	const first = `supabase/migrations/${firstMigration}`;
	old.write(first, readFileSync(join(repository, first), 'utf8'));
	stack = await startStack({
		root: old.root,
		dataDirectory: join(old.root, 'data'),
		port: 0,
		durable: false,
		serve: { console: false }
	});
	// The local stack writes them itself; a hosted project waits for the deployment.
	await query('delete from private.settings');
	const { publishableKey, secretKey } = stack.keys;
	management = new ManagementApi({
		ref,
		token,
		status: 'ACTIVE_HEALTHY',
		publishableKey,
		secretKey
	});
	apiUrl = await management.listen();
}, 60_000);
afterAll(async () => {
	await stack.close();
	management.close();
	checkout.remove();
	old.remove();
});

const newMigrations = readdirSync(join(repository, 'supabase/migrations')).filter(
	(name) => name.endsWith('.sql') && name !== firstMigration
);
const consoleUrl = ['--console-url', 'https://chat.example.com'];

async function query(text: string): Promise<Record<string, unknown>[]> {
	const sql = postgres(stack.databaseUrl, { max: 1, onnotice: () => undefined });
	try {
		return await sql.unsafe(text);
	} finally {
		await sql.end();
	}
}

describe('npm run deploy', () => {
	it('says what is wrong with how it is called', async () => {
		const env = { SUPABASE_ACCESS_TOKEN: token };
		expect(() => readOptions(['--project', 'short'], env)).toThrow('20 letters');
		expect(() => readOptions(['--project', ref], {})).toThrow('SUPABASE_ACCESS_TOKEN is not set');
		expect(() => readOptions(['--projct', ref], env)).toThrow('--projct');
		const badUrl = ['--project', ref, '--console-url', 'chat.example.com'];
		expect(() => readOptions(badUrl, env)).toThrow('--console-url takes an address');
		expect(readOptions(['--help'], {})).toBeNull();
		const silent = await deploy();
		expect(silent.code).toBe(2);
		expect(silent.output).toContain('run with --yes');
		expect(management.takeWrites()).toEqual([]);
	});

	it('a dry run shows everything and changes nothing', async () => {
		const { code, output } = await deploy('--dry-run', ...consoleUrl);
		expect([code, output]).toEqual([0, expect.stringContaining('nothing was changed')]);
		for (const name of newMigrations) expect(output).toContain(`+ Migrations: apply ${name}`);
		for (const change of [
			`+ Link: link this checkout to ${ref}`,
			'+ Secrets: generate VISITOR_SIGNING_KEY',
			'+ Settings: write secret_key',
			'+ Sign-in: set the site URL to https://chat.example.com',
			'+ Functions: deploy boot',
			'+ Widget: publish widget.js',
			'+ Console: pack the console'
		])
			expect(output).toContain(change);
		expect(management.takeWrites()).toEqual([]);
		expect(await query('select key from private.settings')).toEqual([]);
		expect(existsSync(state) ? readdirSync(state) : []).not.toContain(`${ref}.signing-key.json`);
		expect(existsSync(join(checkout.root, 'supabase/.temp/project-ref'))).toBe(false);
	});

	it('a run that breaks off says where, and keeps the secret for the next', async () => {
		management.fault = ({ method, path }) =>
			method === 'POST' && path.startsWith('/config/auth/signing-keys') ? 400 : null;
		const { code, output } = await deploy('--yes', ...consoleUrl);
		expect(code).toBe(1);
		expect(output).toContain('Secrets failed');
		expect(output).toContain('Run the same command again to go on');
		const kept = join(state, `${ref}.signing-key.json`);
		expect(statSync(kept).mode & 0o777).toBe(0o600);
		expect(management.project.secrets.get('VISITOR_SIGNING_KEY')).toBe(readFileSync(kept, 'utf8'));
		expect(management.project.functions.size).toBe(0);
	}, 60_000);

	it('the next run finishes, through bad moments of the service, and prints no secret', async () => {
		let asked = 0;
		management.fault = ({ path }) => (/functions/.test(path) || ++asked % 3 !== 0 ? null : 503);
		const before = management.project.secrets.get('VISITOR_SIGNING_KEY');
		const { code, output } = await deploy('--yes', ...consoleUrl);
		management.fault = () => null;
		expect([code, output]).toEqual([0, expect.stringContaining('changes made')]);
		const secret = management.project.secrets.get('VISITOR_SIGNING_KEY') ?? '';
		expect(secret).toBe(before);
		const { kid, d } = JSON.parse(secret) as { kid: string; d: string };
		expect(management.project.signingKeys).toMatchObject([{ id: kid, status: 'standby' }]);
		for (const hidden of [d, token, stack.keys.secretKey, new URL(stack.databaseUrl).password])
			expect(output).not.toContain(hidden);
		expect(readdirSync(state)).not.toContain(`${ref}.signing-key.json`);
		expect(await query('select value from private.settings where key = $$secret_key$$')).toEqual([
			{ value: stack.keys.secretKey }
		]);
		expect(management.project.auth).toMatchObject({
			site_url: 'https://chat.example.com',
			uri_allow_list: 'https://old.example.com,https://chat.example.com/**',
			password_min_length: 10,
			mailer_autoconfirm: false,
			mailer_templates_magic_link_content: expect.stringContaining(
				'/auth/confirm?token_hash='
			) as unknown
		});
		expect([...management.project.functions.keys()].sort()).toEqual(
			readdirSync(join(repository, 'functions'))
				.filter((name) => existsSync(join(repository, 'functions', name, 'index.ts')))
				.sort()
		);
	}, 90_000);

	it('a second run has nothing to do and says so', async () => {
		management.takeWrites();
		const { code, output } = await deploy('--yes', ...consoleUrl);
		expect([code, output]).toEqual([0, expect.stringContaining('Nothing to do')]);
		expect(management.takeWrites()).toEqual([]);
	}, 60_000);

	it('only what changed is done again', async () => {
		checkout.write(
			'supabase/migrations/20991231000000_add_later.sql',
			'create table app.later ();'
		);
		const boot = join(checkout.root, 'functions/boot/boot-visitor.ts');
		writeFileSync(boot, `${readFileSync(boot, 'utf8')}\nconsole.log('changed');\n`);
		const { code, output } = await deploy('--yes', ...consoleUrl);
		expect(code).toBe(0);
		const done = output.split('\n').filter((line) => line.includes('✓'));
		expect(done.filter((line) => !line.includes('Functions:'))).toEqual([
			'  ✓ Migrations: apply 20991231000000_add_later.sql'
		]);
		expect(done.some((line) => line.includes('Functions: deploy boot'))).toBe(true);
		expect(await query(`select to_regclass('app.later') is not null as there`)).toEqual([
			{ there: true }
		]);
	}, 60_000);
});

describe('what was deployed', () => {
	it('is a widget that any page may load, chunks for ever and the loader for minutes', async () => {
		const base = `${stack.url}/storage/v1/object/public/widget`;
		const loader = await fetch(`${base}/widget.js`);
		expect(loader.headers.get('content-type')).toContain('javascript');
		expect(loader.headers.get('cache-control')).toContain('max-age=300');
		const code = await loader.text();
		expect(code).toBe(readFileSync(join(repository, 'apps/widget/dist/widget.js'), 'utf8'));
		const chunks = readdirSync(join(repository, 'apps/widget/dist/widget'));
		// The loader puts names together; what is its build's own in them is the hash.
		const hashes = chunks.map((name) => /-[\w-]{8}\.js$/.exec(name)?.[0] ?? name);
		expect(hashes.some((hash) => code.includes(hash))).toBe(true);
		for (const name of chunks) {
			const chunk = await fetch(`${base}/widget/${name}`);
			expect([chunk.status, chunk.headers.get('cache-control')]).toEqual([
				200,
				expect.stringContaining('max-age=31536000, immutable')
			]);
		}
	});

	it('is a console that runs where it is unpacked', async () => {
		const [file = ''] = readdirSync(state).filter((name) => /^console-.*\.tar\.gz$/.test(name));
		const where = join(checkout.root, 'host');
		mkdirSync(where);
		await promisify(execFile)('tar', ['-xzf', join(state, file), '-C', where]);
		const child = spawn(process.execPath, ['--env-file=.env', 'build/index.js'], {
			cwd: join(where, 'console'),
			env: { PATH: process.env['PATH'], PORT: '0', HOST: '127.0.0.1' },
			stdio: ['ignore', 'pipe', 'pipe']
		});
		try {
			let output = '';
			for (const stream of [child.stdout, child.stderr])
				stream.on('data', (chunk) => (output += String(chunk)));
			await expect.poll(() => output, { timeout: 15_000 }).toMatch(/Listening on/i);
			expect(readFileSync(join(where, 'console/.env'), 'utf8')).toContain(
				`SUPABASE_PUBLISHABLE_KEY=${stack.keys.publishableKey}`
			);
		} finally {
			child.kill();
		}
	}, 30_000);

	it('are functions that need nothing but themselves: a visitor gets a session and writes', async () => {
		const [site] = await query(`
			with organization as (insert into public.organizations (name) values ('Deployed') returning id)
			insert into public.sites (organization_id, name, allowed_origins)
			select id, 'Deployed', array['https://shop.test'] from organization returning site_key`);
		await stack.close();
		const served = createProject({});
		cpSync(join(checkout.root, 'supabase/migrations'), join(served.root, 'supabase/migrations'), {
			recursive: true
		});
		const sections: string[] = [];
		for (const { slug, verify_jwt, entrypoint, files } of management.project.functions.values()) {
			for (const [path, code] of files) served.write(join('deployed', slug, path), code);
			const file = join('../deployed', slug, entrypoint);
			sections.push(`[functions.${slug}]\nverify_jwt = ${verify_jwt}\nentrypoint = "${file}"`);
		}
		served.write('supabase/config.toml', sections.join('\n'));
		expect(dirname(served.root)).not.toContain(repository);
		stack = await startStack({
			root: served.root,
			dataDirectory: join(old.root, 'data'),
			port: 0,
			durable: false,
			serve: { console: false }
		});
		const answer = await fetch(`${stack.url}/functions/v1/visitor-session`, {
			method: 'POST',
			headers: { 'content-type': 'text/plain', origin: 'https://shop.test' },
			body: JSON.stringify({ site_key: site?.['site_key'] })
		});
		expect([answer.status, await answer.clone().text()]).toEqual([200, expect.any(String)]);
		const session = (await answer.json()) as { token: string };
		const visitor = createClient(stack.url, stack.keys.publishableKey, {
			accessToken: () => Promise.resolve(session.token)
		});
		const started = await visitor.rpc('start_conversation', {
			conversation_id: crypto.randomUUID(),
			message_id: crypto.randomUUID(),
			body: 'Written through deployed functions'
		});
		expect(started.error).toBeNull();
		rmSync(served.root, { recursive: true, force: true });
	}, 60_000);
});

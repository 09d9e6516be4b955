import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { type Signer, signers, signingSnippet } from './signing-snippets.ts';

const secret = '0123456789abcdef'.repeat(4);
const user = { id: '7', name: 'Олена "O" \\', email: 'olena@shop.example' };

interface Run {
	command: string;
	/** A program that prints what the snippet signs for the person of `argv`: id, name, e-mail. */
	main: string;
}

/** What needs no compiler; Go, Java and C# take seconds and were run by hand. */
const runs: Partial<Record<Signer, Run>> = {
	node: {
		command: process.execPath,
		main: `import { signVisitor } from './sign-visitor.mjs';
const [id, name, email] = process.argv.slice(2);
process.stdout.write(signVisitor({ id, name, email }));`
	},
	php: {
		command: 'php',
		main: `<?php require __DIR__ . '/sign-visitor.php';
echo sign_visitor(['id' => $argv[1], 'name' => $argv[2], 'email' => $argv[3]]);`
	},
	python: {
		command: 'python3',
		main: `import sys
from types import SimpleNamespace
from sign_visitor import sign_visitor
id, name, email = sys.argv[1:]
print(sign_visitor(SimpleNamespace(id=id, name=name, email=email)), end='')`
	},
	ruby: {
		command: 'ruby',
		main: `require_relative 'sign_visitor'
print sign_visitor(Struct.new(:id, :name, :email).new(*ARGV))`
	}
};

for (const [signer, { command, main }] of Object.entries(runs) as [Signer, Run][]) {
	const missing = spawnSync(command, ['--version']).error !== undefined;
	it.skipIf(missing)(`signs in ${signer} what visitor-session verifies`, async () => {
		const folder = mkdtempSync(join(tmpdir(), 'signing-'));
		const { file, code } = signingSnippet[signer];
		writeFileSync(join(folder, file), code);
		const program = join(folder, signer === 'node' ? 'main.mjs' : 'main');
		writeFileSync(program, main);
		const signed = execFileSync(command, [program, user.id, user.name, user.email], {
			env: { ...process.env, CHAT_IDENTITY_SECRET: secret, LANG: 'C.UTF-8' },
			encoding: 'utf8'
		});
		const { payload } = await jwtVerify(signed, new TextEncoder().encode(secret), {
			algorithms: ['HS256'],
			requiredClaims: ['sub', 'exp']
		});
		expect(payload).toMatchObject({ sub: user.id, name: user.name, email: user.email });
		expect((payload.exp ?? 0) - Date.now() / 1000).toBeLessThanOrEqual(300);
	});
}

it.each(signers)('reads the secret from where the page says to keep it: %s', (signer) => {
	const { code } = signingSnippet[signer];
	expect(code).toContain('CHAT_IDENTITY_SECRET');
	expect(code).toMatch(/HS256/);
	expect(code).toMatch(/\b300\b/);
});

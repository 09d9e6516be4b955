import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKeys, loadKeys } from '../src/keys.ts';
import type { Keys } from '../src/keys.ts';
import { createSigner, createVerifier, publicJwks } from '../src/tokens.ts';

let directory: string;
let keys: Keys;
const now = () => Math.floor(Date.now() / 1000);

beforeAll(async () => {
	directory = await mkdtemp(path.join(os.tmpdir(), 'chatiq-keys-'));
	keys = await loadKeys(path.join(directory, 'deep', 'keys.json'));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

function hs256(claims: object, secret = keys.jwtSecret, header: object = {}): Promise<string> {
	return new SignJWT({ ...claims })
		.setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...header })
		.sign(new TextEncoder().encode(secret));
}

describe('keys', () => {
	it('are made once and kept from other users', async () => {
		const file = path.join(directory, 'deep', 'keys.json');
		expect((await stat(file)).mode & 0o777).toBe(0o600);
		expect(await loadKeys(file)).toEqual(keys);
		expect((await generateKeys()).jwtSecret).not.toBe(keys.jwtSecret);
	});

	it('name the file that does not hold them', async () => {
		const file = path.join(directory, 'broken.json');
		await writeFile(file, '{"jwtSecret": "short"}');
		await expect(loadKeys(file)).rejects.toThrow(file);
		expect(await readFile(file, 'utf8')).toContain('short');
	});

	it('include legacy keys that verify', async () => {
		const { verify } = createVerifier(keys);
		expect(await verify(keys.anonJwt)).toMatchObject({ role: 'anon' });
		expect(await verify(keys.serviceRoleJwt)).toMatchObject({ role: 'service_role' });
	});
});

describe('a verifier', () => {
	it('accepts the algorithms of both keys', async () => {
		const { verify } = createVerifier(keys);
		const claims = { role: 'anon', exp: now() + 60, visitor_id: 'v' };
		expect(await verify(await hs256(claims))).toEqual(claims);
		expect(await verify(await createSigner(keys).sign(claims))).toEqual(claims);
		const secret = new TextEncoder().encode(keys.jwtSecret);
		for (const alg of ['HS384', 'HS512']) {
			const token = await new SignJWT(claims).setProtectedHeader({ alg }).sign(secret);
			expect(await verify(token)).toEqual(claims);
		}
		// Realtime gets tokens from URLs.
		expect(await verify(`${encodeURIComponent(await hs256(claims))}\n`)).toEqual(claims);
	});

	it('takes the secret for a token that names a key nobody published', async () => {
		const claims = { role: 'anon', exp: now() + 60 };
		const token = await hs256(claims, keys.jwtSecret, { kid: 'of another project' });
		expect(await createVerifier(keys).verify(token)).toEqual(claims);
	});

	it.each([
		[5, /^Token has expired [56] seconds ago$/],
		// The second in which it runs out is too late already.
		[0, /^Token has expired [01] seconds ago$/]
	])('tells that a token expired %d seconds ago', async (age, message) => {
		const token = await hs256({ role: 'anon', exp: now() - age });
		await expect(createVerifier(keys).verify(token)).rejects.toMatchObject({
			kind: 'expired',
			message: expect.stringMatching(message) as string
		});
	});

	it('rounds fractions of a second', async () => {
		const [exp, iat] = [now() + 60, now() - 1];
		const claims = { role: 'anon', exp: exp + 0.4, iat: iat - 0.4 };
		expect(await createVerifier(keys).verify(await hs256(claims))).toEqual({
			role: 'anon',
			exp,
			iat
		});
		const odd = createVerifier(keys).verify(await hs256({ ...claims, iat: 'noon' }));
		await expect(odd).rejects.toMatchObject({ kind: 'malformed' });
	});

	it.each([
		[{ alg: 'RS256' }, ''],
		[{ alg: 'RS256', kid: 'k' }, ' for key ID (kid) "k"'],
		[{ alg: 'ES256', kid: 'k' }, ' for key ID (kid) "k"'],
		[{ alg: 'none', kid: 'k' }, '']
	])('knows no signer for %j', async (header, named) => {
		const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
		const token = `${encode(header)}.${encode({ role: 'anon', exp: now() + 60 })}.AAAA`;
		await expect(createVerifier(keys).verify(token)).rejects.toMatchObject({
			kind: 'signature',
			message: `Failed to generate JWT signer${named}, check your JWT secret or JWKS configuration`
		});
	});

	it.each([
		['without exp', { role: 'anon' }],
		['without role', { exp: 9_999_999_999 }]
	])('refuses a token %s', async (_, claims) => {
		await expect(createVerifier(keys).verify(await hs256(claims))).rejects.toMatchObject({
			kind: 'missing_claims',
			message: 'Fields `role` and `exp` are required in JWT'
		});
	});

	it('refuses a foreign signature', async () => {
		const { verify } = createVerifier(keys);
		const claims = { role: 'service_role', exp: now() + 60 };
		const foreign = await hs256(claims, 'another secret of at least thirty-two characters');
		await expect(verify(foreign)).rejects.toMatchObject({
			kind: 'signature',
			message: 'Failed to validate JWT signature'
		});
		const stranger = await createSigner(await generateKeys()).sign(claims);
		await expect(verify(stranger)).rejects.toMatchObject({ kind: 'signature' });
	});

	it('refuses the public key used as a secret, and no signature at all', async () => {
		const { verify } = createVerifier(keys);
		const claims = { role: 'service_role', exp: now() + 60 };
		const confused = await hs256(claims, JSON.stringify(publicJwks(keys).keys[0]), {
			kid: keys.signingKey.kid
		});
		await expect(verify(confused)).rejects.toMatchObject({ kind: 'signature' });
		const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
		const unsigned = `${encode({ alg: 'none' })}.${encode(claims)}.`;
		await expect(verify(unsigned)).rejects.toMatchObject({ kind: 'signature' });
	});

	it.each(['', 'abc', 'a.b.c', '%E0%A4%A', 'eyJhbGciOiJIUzI1NiJ9.W10.x'])(
		'refuses %j',
		async (token) => {
			const refusal = createVerifier(keys).verify(token);
			await expect(refusal).rejects.toMatchObject({
				name: 'TokenError',
				kind: expect.stringMatching(/^(malformed|signature)$/) as string
			});
		}
	);
});

describe('the published key', () => {
	it('verifies sessions and is not the private one', async () => {
		const jwks = publicJwks(keys);
		expect(JSON.stringify(jwks)).not.toContain(keys.signingKey.d);
		const token = await createSigner(keys).sign({ role: 'authenticated', exp: now() + 60 });
		const { payload } = await jwtVerify(token, createLocalJWKSet(jwks));
		expect(payload.role).toBe('authenticated');
	});
});

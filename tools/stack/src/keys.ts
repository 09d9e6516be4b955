import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as z from 'zod';

const PrivateSigningKey = z.object({
	kty: z.literal('EC'),
	crv: z.literal('P-256'),
	alg: z.literal('ES256'),
	use: z.literal('sig'),
	kid: z.string(),
	x: z.string(),
	y: z.string(),
	d: z.string()
});

const Keys = z.object({
	/** HS256, for tokens that our functions mint and for the two legacy keys. */
	jwtSecret: z.string().min(32),
	publishableKey: z.string().startsWith('sb_publishable_'),
	secretKey: z.string().startsWith('sb_secret_'),
	/** ES256, for the sessions of Auth. */
	signingKey: PrivateSigningKey,
	anonJwt: z.string(),
	serviceRoleJwt: z.string(),
	databasePasswords: z.object({
		supabase_admin: z.string(),
		postgres: z.string(),
		authenticator: z.string(),
		supabase_auth_admin: z.string(),
		supabase_storage_admin: z.string()
	})
});
export type Keys = z.infer<typeof Keys>;

/** Reads the stack's secrets, made on first use. They live as long as the data beside them. */
export async function loadKeys(file: string): Promise<Keys> {
	const stored = await readIfThere(file);
	if (stored !== null) return parseKeys(file, stored);
	const keys = await generateKeys();
	await mkdir(path.dirname(file), { recursive: true });
	const unfinished = `${file}.${randomBytes(4).toString('hex')}`;
	await writeFile(unfinished, `${JSON.stringify(keys, null, '\t')}\n`, { mode: 0o600 });
	await rename(unfinished, file);
	return keys;
}

export async function generateKeys(): Promise<Keys> {
	const jwtSecret = random(48);
	return {
		jwtSecret,
		publishableKey: `sb_publishable_${random(24)}`,
		secretKey: `sb_secret_${random(24)}`,
		signingKey: await generateSigningKey(),
		anonJwt: await legacyKey('anon', jwtSecret),
		serviceRoleJwt: await legacyKey('service_role', jwtSecret),
		databasePasswords: {
			supabase_admin: random(24),
			postgres: random(24),
			authenticator: random(24),
			supabase_auth_admin: random(24),
			supabase_storage_admin: random(24)
		}
	};
}

function parseKeys(file: string, text: string): Keys {
	try {
		return Keys.parse(JSON.parse(text));
	} catch (cause) {
		throw new Error(`${file} does not hold the keys of this stack`, { cause });
	}
}

async function readIfThere(file: string): Promise<string | null> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	}
}

async function generateSigningKey(): Promise<Keys['signingKey']> {
	const { privateKey } = await generateKeyPair('ES256', { extractable: true });
	const jwk = await exportJWK(privateKey);
	return PrivateSigningKey.parse({ ...jwk, alg: 'ES256', use: 'sig', kid: crypto.randomUUID() });
}

function legacyKey(role: string, jwtSecret: string): Promise<string> {
	return new SignJWT({ iss: 'supabase', role })
		.setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
		.setIssuedAt()
		.setExpirationTime('10 years')
		.sign(new TextEncoder().encode(jwtSecret));
}

function random(bytes: number): string {
	return randomBytes(bytes).toString('base64url');
}

import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import type { Deployment, Step } from '../step.ts';

const name = 'VISITOR_SIGNING_KEY';
const SigningKey = z.looseObject({
	kid: z.string(),
	kty: z.literal('EC'),
	alg: z.literal('ES256')
});
type SigningKey = z.infer<typeof SigningKey>;

/**
 * The key that visitors' tokens are signed with: a secret of the functions, and known to the project
 * as a standby signing key so that it trusts those tokens. Nobody can read it back, so it is kept in
 * a file until both places have it; a run that failed between them is finished by the next.
 */
export const secrets: Step = {
	name: 'Secrets',
	async look(deployment) {
		const { api } = deployment;
		const [stored, trusted] = [await api.secrets(), await api.signingKeys()];
		const secret = stored.find((each) => each.name === name);
		const kept = readKept(deployment);
		const isSet = secret !== undefined && (!kept || matches(secret.value, JSON.stringify(kept)));
		const isTrusted = kept ? trusted.some(({ id }) => id === kept.kid) : isSet;
		if (isSet && isTrusted) {
			if (kept) rmSync(keptIn(deployment));
			return { changes: [] };
		}
		return {
			changes: [
				...(isSet ? [] : [`generate ${name} and give it to the functions`]),
				...(isTrusted ? [] : ['let the project trust it as a standby signing key'])
			],
			apply: async () => {
				const key = kept ?? (await generate(deployment));
				if (!isSet) await api.setSecret(name, JSON.stringify(key));
				if (!isTrusted) await api.addSigningKey(key);
				rmSync(keptIn(deployment));
			}
		};
	}
};

async function generate(deployment: Deployment): Promise<SigningKey> {
	const { privateKey } = await generateKeyPair('ES256', { extractable: true });
	const jwk = { ...(await exportJWK(privateKey)), kid: randomUUID(), use: 'sig', alg: 'ES256' };
	const key = SigningKey.parse(jwk);
	mkdirSync(deployment.options.stateDirectory, { recursive: true, mode: 0o700 });
	writeFileSync(keptIn(deployment), JSON.stringify(key), { mode: 0o600, flush: true });
	return key;
}

function readKept(deployment: Deployment): SigningKey | null {
	const file = keptIn(deployment);
	return existsSync(file) ? SigningKey.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
}

const keptIn = ({ options }: Deployment) =>
	join(options.stateDirectory, `${options.ref}.signing-key.json`);

/** The API answers a digest instead of the value. */
function matches(digest: string | null | undefined, value: string): boolean {
	return digest === createHash('sha256').update(value).digest('hex');
}

import { createHmac } from 'node:crypto';

export interface SignedParts {
	id: string;
	/** Unix time in seconds. */
	timestamp: number;
	body: string;
	/** `whsec_` and base64; one signature each. */
	secrets: readonly string[];
}

/** Headers of Standard Webhooks (standardwebhooks.com): id, time and body are signed together. */
export function signedHeaders({ id, timestamp, body, secrets }: SignedParts) {
	const signatures = secrets.map((secret) => {
		const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
		const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`);
		return `v1,${signature.digest('base64')}`;
	});
	return {
		'webhook-id': id,
		'webhook-timestamp': `${timestamp}`,
		'webhook-signature': signatures.join(' ')
	};
}

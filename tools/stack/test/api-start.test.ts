import { expect, it } from 'vitest';
import { startApi } from '../src/api/start-api.ts';
import { siteUrl } from './support/backend.ts';
import { password, signUp, startSchema } from './support/product.ts';

it('starts again on the data of before', async () => {
	const backend = await startSchema();
	try {
		const [client] = await signUp(backend, 'alice@example.com');
		await client.from('sites').insert({ name: 'Shop' }).throwOnError();
		const second = await startApi({
			databaseUrl: backend.postgres.url(),
			keys: backend.keys,
			storageDirectory: `${backend.directory}/storage`,
			siteUrl,
			publicUrl: backend.url,
			onMail: () => undefined
		});
		const response = await second.fetch(
			new Request(`${backend.url}/auth/v1/token?grant_type=password`, {
				method: 'POST',
				headers: { apikey: backend.keys.publishableKey, 'content-type': 'application/json' },
				body: JSON.stringify({ email: 'alice@example.com', password })
			}),
			{ peerAddress: null }
		);
		expect(response.status).toBe(200);
		const { access_token: token } = (await response.json()) as { access_token: string };
		const sites = await backend.client({ token }).from('sites').select('name');
		expect(sites.data).toEqual([{ name: 'Shop' }]);
		await second.close();
	} finally {
		await backend.stop();
	}
});

import type { SupabaseClient } from '@supabase/supabase-js';
import { readSchema, startBackend } from './backend.ts';
import type { Backend, BackendOptions } from './backend.ts';

export const password = 'passw0rd!';

/** A backend with schema.sql, two people, and a conversation of 25 messages that is Alice's. */
export type Product = {
	backend: Backend;
	alice: SupabaseClient;
	bob: SupabaseClient;
	siteId: string;
	conversationId: string;
	visitorId: string;
};

export async function startProduct(): Promise<Product> {
	const backend = await startBackend({ schema: await readSchema() });
	const [alice] = await signUp(backend, 'alice@example.com');
	const [bob] = await signUp(backend, 'bob@example.com');
	const visitorId = crypto.randomUUID();
	const site = await alice
		.from('sites')
		.insert({ name: 'Shop' })
		.select('id')
		.single()
		.throwOnError();
	const siteId = site.data.id as string;
	const conversation = await alice
		.from('conversations')
		.insert({ site_id: siteId, visitor_id: visitorId })
		.select('id')
		.single()
		.throwOnError();
	const conversationId = conversation.data.id as string;
	const messages = Array.from({ length: 25 }, (_, i) => ({
		conversation_id: conversationId,
		author: 'operator',
		body: `Привіт ${i}`
	}));
	await alice.from('messages').insert(messages).throwOnError();
	return { backend, alice, bob, siteId, conversationId, visitorId };
}

export async function startSchema(options: BackendOptions = {}): Promise<Backend> {
	return startBackend({ schema: await readSchema(), ...options });
}

export async function signUp(
	backend: Pick<Backend, 'client'>,
	email: string,
	metadata: object = {}
): Promise<[client: SupabaseClient, userId: string, accessToken: string]> {
	const client = backend.client();
	const { data, error } = await client.auth.signUp({
		email,
		password,
		options: { data: metadata }
	});
	if (error !== null) throw error;
	if (data.session === null) throw new Error(`${email} must confirm the address first`);
	return [client, data.session.user.id, data.session.access_token];
}

/** The wire itself, where supabase-js would tidy it. */
export async function call(
	backend: Backend,
	method: string,
	path: string,
	body?: string,
	headers: Record<string, string> = {}
) {
	const response = await fetch(`${backend.url}/rest/v1${path}`, {
		method,
		headers: {
			apikey: backend.keys.publishableKey,
			'content-type': 'application/json',
			...headers
		},
		...(body !== undefined && { body })
	});
	const text = await response.text();
	const json: unknown = text === '' ? null : JSON.parse(text);
	return { status: response.status, headers: response.headers, text, json };
}

export async function authorization(client: SupabaseClient): Promise<Record<string, string>> {
	const { data } = await client.auth.getSession();
	return { authorization: `Bearer ${data.session?.access_token ?? ''}` };
}

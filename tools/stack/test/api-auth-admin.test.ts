import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { siteUrl } from './support/backend.ts';
import type { Backend } from './support/backend.ts';
import { lastMail, open } from './support/mail.ts';
import { password, signUp, startSchema } from './support/product.ts';

let backend: Backend;

beforeAll(async () => {
	backend = await startSchema();
});

afterAll(() => backend.stop());

function admin() {
	return backend.client({ key: backend.keys.secretKey }).auth.admin;
}

describe('the admin interface', () => {
	it('is closed without the secret key', async () => {
		const [client] = await signUp(backend, 'curious@example.com');
		for (const { auth } of [client, backend.client()]) {
			const { error } = await auth.admin.listUsers();
			expect([error?.status, error?.code]).toEqual([403, 'not_admin']);
		}
	});

	it('creates, finds, changes and deletes', async () => {
		const created = await admin().createUser({
			email: 'Made@example.com',
			password,
			email_confirm: true,
			app_metadata: { plan: 'pro' },
			user_metadata: { name: 'Made' }
		});
		const id = created.data.user?.id ?? '';
		expect(created.data.user).toMatchObject({
			email: 'made@example.com',
			app_metadata: { provider: 'email', plan: 'pro' },
			identities: [{ provider: 'email' }]
		});
		const session = await backend
			.client()
			.auth.signInWithPassword({ email: 'made@example.com', password });
		expect(session.error).toBeNull();
		const changed = await admin().updateUserById(id, {
			email: 'changed@example.com',
			app_metadata: { plan: null, seats: 3 }
		});
		expect(changed.data.user).toMatchObject({ email: 'changed@example.com' });
		expect(changed.data.user?.app_metadata).toEqual({
			provider: 'email',
			providers: ['email'],
			seats: 3
		});
		expect((await admin().getUserById(id)).data.user?.email).toBe('changed@example.com');
		expect((await admin().deleteUser(id)).error).toBeNull();
		expect((await admin().getUserById(id)).error?.code).toBe('user_not_found');
	});

	it('lists page by page', async () => {
		for (const name of ['one', 'two', 'three']) await signUp(backend, `${name}@example.com`);
		const { data } = await admin().listUsers({ page: 1, perPage: 2 });
		expect(data.users).toHaveLength(2);
		expect(data).toMatchObject({ nextPage: 2, total: expect.any(Number) as number });
	});

	it('bans and forgives', async () => {
		const [client, userId] = await signUp(backend, 'banned@example.com');
		await admin().updateUserById(userId, { ban_duration: '1h' });
		const refused = await backend
			.client()
			.auth.signInWithPassword({ email: 'banned@example.com', password });
		expect(refused.error?.code).toBe('user_banned');
		expect((await client.auth.refreshSession()).error).not.toBeNull();
		await admin().updateUserById(userId, { ban_duration: 'none' });
		const welcome = await backend
			.client()
			.auth.signInWithPassword({ email: 'banned@example.com', password });
		expect(welcome.error).toBeNull();
	});

	it('invites by mail', async () => {
		const { data, error } = await admin().inviteUserByEmail('invited@example.com', {
			data: { organisation: 'Acme' },
			redirectTo: `${siteUrl}/welcome`
		});
		expect(error).toBeNull();
		expect(data.user).toMatchObject({ user_metadata: { organisation: 'Acme' } });
		expect(data.user?.invited_at).toBeTruthy();
		const mail = lastMail(backend, 'invited@example.com');
		expect(mail.kind).toBe('invite');
		const page = await open(mail.link);
		expect(page.pathname).toBe('/welcome');
		expect(new URLSearchParams(page.hash.slice(1)).get('type')).toBe('invite');
		const found = await admin().getUserById(data.user?.id ?? '');
		expect(found.data.user?.email_confirmed_at).toBeTruthy();
		const again = await admin().inviteUserByEmail('invited@example.com');
		expect(again.error?.code).toBe('email_exists');
	});

	it.each(['magiclink', 'recovery', 'invite', 'signup'] as const)(
		'makes links of type %s that verify',
		async (type) => {
			const email = `link-${type}@example.com`;
			if (type === 'recovery') await signUp(backend, email);
			const { data, error } = await admin().generateLink({ type, email, password });
			expect(error).toBeNull();
			const verified = await backend.client().auth.verifyOtp({
				token_hash: data.properties?.hashed_token ?? '',
				type: type === 'magiclink' ? 'email' : type
			});
			expect(verified.error).toBeNull();
			expect(verified.data.user?.email).toBe(email);
			expect(backend.mails.some((mail) => mail.to === email)).toBe(false);
		}
	);
});

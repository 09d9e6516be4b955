import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { siteUrl, startBackend } from './support/backend.ts';
import type { Backend, Door } from './support/backend.ts';
import { lastMail, open } from './support/mail.ts';
import { password, signUp } from './support/product.ts';

let backend: Backend;
let strict: Door;

beforeAll(async () => {
	backend = await startBackend();
	strict = await backend.withAuth({ email: { enable_confirmations: true } });
});

afterAll(() => backend.stop());

function admin() {
	return backend.client({ key: backend.keys.secretKey }).auth.admin;
}

function post(path: string, body: unknown, headers: Record<string, string> = {}) {
	return fetch(`${backend.url}/auth/v1${path}`, {
		method: 'POST',
		headers: { apikey: backend.keys.publishableKey, ...headers },
		body: typeof body === 'string' ? body : JSON.stringify(body)
	});
}

describe('signing up with a registered address', () => {
	it('looks like a new address where addresses are confirmed', async () => {
		const email = 'registered@example.com';
		await strict.client().auth.signUp({ email, password });
		await open(lastMail(strict, email).link);
		const mails = strict.mails.length;
		const { data, error } = await strict.client().auth.signUp({ email, password: 'guess-1' });
		expect(error).toBeNull();
		expect(data.session).toBeNull();
		expect(data.user).toMatchObject({ email, identities: [] });
		const { data: users } = await admin().listUsers();
		expect(users.users.some(({ id }) => id === data.user?.id)).toBe(false);
		expect(strict.mails).toHaveLength(mails);
		expect((await strict.client().auth.signInWithPassword({ email, password })).error).toBeNull();
	});

	it('mails again, and changes nothing, while it is not confirmed', async () => {
		const email = 'pending@example.com';
		const first = await strict.client().auth.signUp({ email, password });
		const again = await strict.client().auth.signUp({ email, password: 'somebody-else' });
		expect(again.data.user?.id).toBe(first.data.user?.id);
		await open(lastMail(strict, email).link);
		const { error } = await strict
			.client()
			.auth.signInWithPassword({ email, password: 'somebody-else' });
		expect(error?.code).toBe('invalid_credentials');
	});

	it('has one winner when it happens twice at once', async () => {
		const email = 'race@example.com';
		const answers = await Promise.all(
			[1, 2, 3].map(() => backend.client().auth.signUp({ email, password }))
		);
		const codes = answers.map(({ error }) => error?.code ?? 'ok').sort();
		expect(codes).toEqual(['ok', 'user_already_exists', 'user_already_exists']);
	});
});

describe('an address that nobody has', () => {
	it('is answered like any other', async () => {
		const { auth } = strict.client();
		const email = 'nobody@example.com';
		expect((await auth.resetPasswordForEmail(email)).error).toBeNull();
		expect((await auth.resend({ type: 'signup', email })).error).toBeNull();
		expect(strict.mails.some(({ to }) => to === email)).toBe(false);
		const otp = await auth.signInWithOtp({ email, options: { shouldCreateUser: false } });
		expect([otp.error?.status, otp.error?.code]).toEqual([422, 'otp_disabled']);
	});

	it('signs up by a mailed code', async () => {
		const email = 'by-code@example.com';
		const client = strict.client();
		await client.auth.signInWithOtp({ email, options: { data: { name: 'Ivan' } } });
		expect(lastMail(strict, email).kind).toBe('confirmation');
		const token = lastMail(strict, email).code ?? '';
		const { data, error } = await client.auth.verifyOtp({ email, token, type: 'email' });
		expect(error).toBeNull();
		expect(data.user?.user_metadata).toMatchObject({ name: 'Ivan' });
	});
});

describe('a one-time code', () => {
	it('works once, for its own purpose, and not for ever', async () => {
		const email = 'purpose@example.com';
		await signUp(backend, email);
		const { auth } = backend.client();
		await auth.resetPasswordForEmail(email);
		const token = lastMail(backend, email).code ?? '';
		const other = await auth.verifyOtp({ email, token, type: 'signup' });
		expect([other.error?.status, other.error?.code]).toEqual([403, 'otp_expired']);
		expect((await auth.verifyOtp({ email, token, type: 'recovery' })).error).toBeNull();
		const again = await auth.verifyOtp({ email, token, type: 'recovery' });
		expect(again.error?.message).toBe('Token has expired or is invalid');
		await auth.resetPasswordForEmail(email);
		await backend.sql`
			update auth.users set recovery_sent_at = now() - interval '61 minutes' where email = ${email}`;
		const late = lastMail(backend, email).code ?? '';
		const expired = await auth.verifyOtp({ email, token: late, type: 'recovery' });
		expect(expired.error?.code).toBe('otp_expired');
	});

	it('is as long, and lasts as long, as the project says', async () => {
		const email = 'by-config@example.com';
		const door = await backend.withAuth({ email: { otp_length: 8, otp_expiry: 60 } });
		await signUp(backend, email);
		const { auth } = door.client();
		await auth.signInWithOtp({ email });
		const token = lastMail(door, email).code ?? '';
		expect(token).toMatch(/^\d{8}$/);
		await backend.sql`
			update auth.users set recovery_sent_at = now() - interval '61 seconds' where email = ${email}`;
		const late = await auth.verifyOtp({ email, token, type: 'email' });
		expect(late.error?.code).toBe('otp_expired');
	});

	it('has one winner when it comes twice at once', async () => {
		const email = 'twice-at-once@example.com';
		await signUp(backend, email);
		await backend.client().auth.signInWithOtp({ email });
		const token = lastMail(backend, email).code ?? '';
		const answers = await Promise.all(
			[1, 2, 3].map(() => backend.client().auth.verifyOtp({ email, token, type: 'email' }))
		);
		expect(answers.filter(({ error }) => error === null)).toHaveLength(1);
	});

	it('of a change of address is asked of both sides', async () => {
		const [client] = await signUp(backend, 'side-a@example.com');
		const { data } = await client.auth.updateUser({ email: 'side-b@example.com' });
		expect(data.user?.new_email).toBe('side-b@example.com');
		await client.auth.resend({ type: 'email_change', email: 'side-a@example.com' });
		for (const email of ['side-b@example.com', 'side-a@example.com']) {
			const token = lastMail(backend, email).code ?? '';
			const { error } = await client.auth.verifyOtp({ email, token, type: 'email_change' });
			expect(error).toBeNull();
		}
		const changed = (await client.auth.getUser()).data.user;
		expect(changed).toMatchObject({
			email: 'side-b@example.com',
			identities: [{ identity_data: { email: 'side-b@example.com', email_verified: true } }]
		});
	});
});

describe('an error', () => {
	it('has the body of the version that the client asks for', async () => {
		const body = { email: 'nobody@example.com', password: 'wrong' };
		const old = await post('/token?grant_type=password', body);
		expect([old.status, old.headers.get('x-sb-error-code')]).toEqual([400, 'invalid_credentials']);
		expect(await old.json()).toEqual({
			...{ code: 400, error_code: 'invalid_credentials', msg: 'Invalid login credentials' }
		});
		const version = { 'x-supabase-api-version': '2024-01-01' };
		const named = await post('/token?grant_type=password', body, version);
		expect(named.headers.get('x-supabase-api-version')).toBe('2024-01-01');
		expect(await named.json()).toEqual({
			...{ code: 'invalid_credentials', message: 'Invalid login credentials' }
		});
	});

	it.each([
		['/signup', '{', 400, 'bad_json'],
		['/signup', { email: 'x', password }, 400, 'validation_failed'],
		['/signup', { email: 'a@example.com' }, 400, 'validation_failed'],
		['/signup', { phone: '+123456', password }, 400, 'phone_provider_disabled'],
		['/signup', { email: 'a@example.com', password: 'x'.repeat(73) }, 400, 'validation_failed'],
		['/token?grant_type=magic', {}, 400, 'invalid_credentials'],
		['/token?grant_type=password', { password }, 400, 'validation_failed'],
		['/token?grant_type=refresh_token', {}, 400, 'validation_failed'],
		['/token?grant_type=pkce', { auth_code: 'x' }, 400, 'validation_failed'],
		['/verify', { type: 'email' }, 400, 'validation_failed'],
		['/verify', { type: 'odd', token_hash: 'x' }, 400, 'validation_failed'],
		['/verify', { type: 'email', token_hash: 'x' }, 403, 'otp_expired'],
		['/otp', { phone: '+123456' }, 400, 'phone_provider_disabled'],
		['/resend', { type: 'odd', email: 'a@example.com' }, 400, 'validation_failed'],
		['/recover', {}, 400, 'validation_failed'],
		['/logout', {}, 401, 'no_authorization'],
		['/factors', {}, 401, 'no_authorization'],
		['/admin/generate_link', {}, 403, 'not_admin']
	])('of %s with %j is %i %s', async (path, body, status, code) => {
		const answer = await post(path, body);
		expect([answer.status, answer.headers.get('x-sb-error-code')]).toEqual([status, code]);
	});
});

describe('a trigger of the project', () => {
	it('that fails keeps the user out, and says no more than that', async () => {
		await backend.sql.unsafe(`
			create function public.refuse() returns trigger language plpgsql as
				$$ begin raise exception 'a secret of the schema'; end $$;
			create trigger refuse after insert on auth.users for each row
				when (new.email = 'refused@example.com') execute function public.refuse()`);
		const email = 'refused@example.com';
		const { error } = await backend.client().auth.signUp({ email, password });
		expect([error?.status, error?.message]).toEqual([...[500, 'Database error saving new user']]);
		const { data } = await admin().listUsers({ perPage: 1000 });
		expect(data.users.some((user) => user.email === email)).toBe(false);
	});
});

describe('a limit', () => {
	it('holds back the requests of one address', async () => {
		const door = await backend.withAuth({
			enable_anonymous_sign_ins: true,
			rate_limit: {
				...{ sign_in_sign_ups: 2, token_refresh: 1, token_verifications: 1, anonymous_users: 1 }
			}
		});
		const { auth } = door.client();
		const email = 'limited@example.com';
		const calls = {
			password: () => auth.signInWithPassword({ email, password: 'wrong' }),
			refresh: () => auth.refreshSession({ refresh_token: crypto.randomUUID() }),
			verify: () => auth.verifyOtp({ email, token: '123456', type: 'email' }),
			anonymous: () => auth.signInAnonymously()
		};
		const allowed = { password: 2, refresh: 1, verify: 1, anonymous: 1 };
		for (const [name, call] of Object.entries(calls)) {
			for (let i = 0; i < allowed[name as keyof typeof allowed]; i++) {
				expect((await call()).error?.status).not.toBe(429);
			}
			const { error } = await call();
			expect([error?.status, error?.code]).toEqual([429, 'over_request_rate_limit']);
		}
	});

	it('is per address', async () => {
		const door = await backend.withAuth({ rate_limit: { sign_in_sign_ups: 1 } });
		const from = (address: string) =>
			fetch(`${door.url}/auth/v1/recover`, {
				method: 'POST',
				headers: { apikey: backend.keys.publishableKey, 'x-forwarded-for': address },
				body: JSON.stringify({ email: 'nobody@example.com' })
			});
		expect((await from('192.0.2.1')).status).toBe(200);
		expect((await from('192.0.2.1')).status).toBe(429);
		expect((await from('192.0.2.2')).status).toBe(200);
	});

	it('of mails counts where real mail is sent', async () => {
		const smtp = { host: '127.0.0.1', port: 9, admin_email: 'a@example.com' };
		const rate_limit = { email_sent: 1 };
		const people = ['first@counted.test', 'second@counted.test'];
		for (const email of people) await signUp(backend, email);
		for (const [email, refusals] of [
			[{ max_frequency: '0s', smtp }, [undefined, 'over_email_send_rate_limit']],
			[{ max_frequency: '0s' }, [undefined, undefined]]
		] as const) {
			const { auth } = (await backend.withAuth({ email, rate_limit })).client();
			const codes = [];
			for (const to of people) codes.push((await auth.resetPasswordForEmail(to)).error?.code);
			expect(codes).toEqual(refusals);
		}
	});

	it('keeps mails to one person apart', async () => {
		const door = await backend.withAuth({ email: { max_frequency: '1m' } });
		await signUp(backend, 'patient@example.com');
		const { auth } = door.client();
		expect((await auth.resetPasswordForEmail('patient@example.com')).error).toBeNull();
		const { error } = await auth.resetPasswordForEmail('patient@example.com');
		expect([error?.status, error?.code]).toEqual([429, 'over_email_send_rate_limit']);
		expect(error?.message).toMatch(/you can only request this after (59|60) seconds/);
	});
});

describe('a closed project', () => {
	it('takes nobody new', async () => {
		const door = await backend.withAuth({ enable_signup: false });
		const { auth } = door.client();
		const email = 'late@example.com';
		const { error } = await auth.signUp({ email, password });
		expect([error?.status, error?.code]).toEqual([422, 'signup_disabled']);
		expect((await auth.signInWithOtp({ email })).error?.code).toBe('signup_disabled');
		const invited = await door
			.client({ key: backend.keys.secretKey })
			.auth.admin.inviteUserByEmail(email);
		expect(invited.error).toBeNull();
	});
});

describe('the admin', () => {
	it('makes links for a change of address', async () => {
		await signUp(backend, 'link-from@example.com');
		const wanted = { email: 'link-from@example.com', newEmail: 'link-to@example.com' };
		for (const type of ['email_change_current', 'email_change_new'] as const) {
			const { data, error } = await admin().generateLink({
				...{ ...wanted, type },
				options: { redirectTo: `${siteUrl}/account` }
			});
			expect(error).toBeNull();
			expect((await open(data.properties?.action_link ?? null)).pathname).toBe('/account');
		}
		const { data } = await admin().listUsers();
		expect(data.users.some(({ email }) => email === 'link-to@example.com')).toBe(true);
	});

	it('hides a user whose rows must stay', async () => {
		const [client, userId] = await signUp(backend, 'hidden@example.com');
		expect((await admin().deleteUser(userId, true)).error).toBeNull();
		expect((await client.auth.getUser()).error?.code).toBe('user_not_found');
		expect((await client.auth.refreshSession()).error).not.toBeNull();
		await signUp(backend, 'hidden@example.com');
	});

	it.each([
		[{}, 'validation_failed'],
		[{ email: 'no address' }, 'validation_failed'],
		[{ email: 'ban@example.com', ban_duration: 'soon' }, 'validation_failed'],
		[{ phone: 'abc' }, 'validation_failed']
	])('cannot create a user from %j', async (attributes, code) => {
		const { error } = await admin().createUser(attributes);
		expect([error?.status, error?.code]).toEqual([400, code]);
	});

	it('asks for ids that are ids', async () => {
		const answer = await fetch(`${backend.url}/auth/v1/admin/users/1`, {
			headers: { apikey: backend.keys.secretKey }
		});
		expect([answer.status, answer.headers.get('x-sb-error-code')]).toEqual([
			404,
			'validation_failed'
		]);
	});
});

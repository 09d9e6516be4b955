import { SignJWT, UnsecuredJWT, decodeJwt, type JWTPayload } from 'jose';
import { describe, expect, it } from 'vitest';
import { Socket } from './socket.ts';
import { functions } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();

function claimsOf(actor: 'own' | 'ver'): JWTPayload {
	return decodeJwt(context().world.api.token(actor) ?? '');
}

function sign(claims: JWTPayload, secret = context().world.backend.jwtSecret): Promise<string> {
	return new SignJWT(claims)
		.setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
		.sign(new TextEncoder().encode(secret));
}

/** What a token reads of the verified visitor's thread, over HTTP and by socket. */
async function reach(token: string): Promise<{ status: number; rows: unknown; joins: boolean }> {
	const { backend, threads } = context().world;
	const response = await fetch(
		`${backend.url}/rest/v1/messages?select=id&conversation_id=eq.${threads.ver.id}`,
		{ headers: { apikey: backend.publishableKey, authorization: `Bearer ${token}` } }
	);
	const socket = await Socket.open(backend);
	const reply = await socket.join(`conversation:${threads.ver.id}`, token);
	socket.close();
	const rows: unknown = await response.json();
	return {
		status: response.status,
		rows: Array.isArray(rows) ? rows.length : null,
		joins: reply === 'ok'
	};
}

/** Not of anybody: when a token was made and until when it is good. */
function validity(): JWTPayload {
	const { iat = 0, exp = 0 } = claimsOf('ver');
	return { iat, exp };
}

async function callAs(
	token: string | null,
	name: string,
	args: Record<string, unknown>
): Promise<{ status: number; body: unknown }> {
	const { backend } = context().world;
	const response = await fetch(`${backend.url}/rest/v1/rpc/${name}`, {
		method: 'POST',
		headers: {
			apikey: backend.publishableKey,
			...(token === null ? {} : { authorization: `Bearer ${token}` }),
			'content-type': 'application/json'
		},
		body: JSON.stringify(args)
	});
	return { status: response.status, body: (await response.json()) as unknown };
}

function isEmpty(body: unknown): boolean {
	return Array.isArray(body) && body.length === 0;
}

const refused = { status: 401, rows: null, joins: false };
const nothing = { status: 200, rows: 0, joins: false };

describe('a token', () => {
	it('works when it is what it says', async () => {
		expect(await reach(await sign(claimsOf('ver')))).toMatchObject({ status: 200, joins: true });
	});

	it.each(['own', 'ver'] as const)('of %s that expired reads nothing', async (actor) => {
		const exp = Math.floor(Date.now() / 1000) - 60;
		expect(await reach(await sign({ ...claimsOf(actor), exp }))).toEqual(refused);
	});

	it.each(['own', 'ver'] as const)(
		'of %s that somebody else signed reads nothing',
		async (actor) => {
			expect(
				await reach(await sign(claimsOf(actor), 'another secret of the right length'))
			).toEqual(refused);
		}
	);

	it.each(['own', 'ver'] as const)('of %s without a signature reads nothing', async (actor) => {
		const unsigned = new UnsecuredJWT(claimsOf(actor)).encode();
		expect(await reach(unsigned)).toEqual(refused);
		const [, body, signature] = (context().world.api.token(actor) ?? '').split('.');
		const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
		expect(await reach(`${none}.${body}.${signature}`)).toEqual(refused);
	});

	it.each(['own', 'ver'] as const)('of %s with changed claims reads nothing', async (actor) => {
		const [header, , signature] = (context().world.api.token(actor) ?? '').split('.');
		const claims = JSON.stringify({ ...claimsOf(actor), role: 'service_role' });
		const body = Buffer.from(claims).toString('base64url');
		expect(await reach(`${header}.${body}.${signature}`)).toEqual(refused);
	});

	it('of an operator gains nothing from a visitor’s claims', async () => {
		const { people } = context().world;
		const visitor = claimsOf('ver');
		const stranger = decodeJwt(people.str.token);
		expect(await reach(await sign({ ...visitor, ...stranger }))).toEqual(nothing);
	});

	it('of a visitor gains nothing from an operator’s subject', async () => {
		const { people, threads } = context().world;
		const claims = {
			...claimsOf('ver'),
			visitor_id: threads.unv.visitor,
			sub: people.own.id
		};
		expect(await reach(await sign(claims))).toMatchObject({ status: 200, rows: 0, joins: false });
	});

	it('of nobody gains nothing from an operator’s subject', async () => {
		const { own } = context().world.people;
		const token = await sign({ ...validity(), role: 'anon', sub: own.id });
		expect(await reach(token)).toEqual(nothing);
	});

	// The owner's rights are in functions that visitors may call too: they must ask for the role, not for a subject.
	it.each(Object.keys(functions))(
		'of nobody with an owner’s subject gets no more of %s than a passer-by',
		async (name) => {
			const { world } = context();
			const about = functions[name];
			const token = await sign({ ...validity(), role: 'anon', sub: world.people.own.id });
			for (const [place, line] of Object.entries(about?.cells ?? {})) {
				if (line.pas === 'ok') continue;
				const args = (await about?.call(world, place, 'pas')) ?? {};
				const answer = await callAs(token, name, args);
				if (answer.status >= 400 || answer.body === null || isEmpty(answer.body)) continue;
				const passerBy = await callAs(null, name, args);
				expect([place, answer]).toEqual([place, passerBy]);
			}
		}
	);

	it('of a visitor gains nothing on another site', async () => {
		const { threads } = context().world;
		const claims = { ...claimsOf('ver'), site_id: threads.foreign.site };
		expect(await reach(await sign(claims))).toEqual(nothing);
	});

	it.each(['authenticator', 'nobody', ''])('with the role %j reads nothing', async (role) => {
		const { rows, joins } = await reach(await sign({ ...claimsOf('own'), role }));
		expect({ rows: rows ?? 0, joins }).toEqual({ rows: 0, joins: false });
	});
});

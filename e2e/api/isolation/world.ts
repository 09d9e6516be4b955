import type { Tables } from '@chatiq/contracts/database';
import { uuidv7 } from '@chatiq/contracts/ids';
import type postgres from 'postgres';
import { connectSql, type Backend } from '../../support/backend.ts';
import { furnish } from '../../support/furnish.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../../support/tenant.ts';
import type { Actor } from './actors.ts';
import { Api } from './api.ts';
import { secretsOf } from './secrets.ts';

/** A conversation of three messages: the visitor's, a public reply, a private note. */
export interface Thread {
	id: string;
	organization: string;
	site: string;
	visitor: string;
	/** By seq: 1 the visitor's, 2 the reply, 3 the note. */
	messages: [string, string, string];
	operator: string;
}

export type People = Record<'own' | 'adm' | 'opr' | 'una' | 'str' | 'rem', Person>;

/** Whose thread: of the three visitors who act, of one on A's second site, of one of B. */
export type Place = 'ver' | 'unv' | 'oth' | 'second' | 'foreign';

/** Two organisations with everything that somebody could want to steal. */
export interface World {
	backend: Backend;
	sql: postgres.Sql;
	api: Api;
	a: Tenant;
	b: Tenant;
	secondSite: Tables<'sites'>;
	people: People;
	visitors: Record<'ver' | 'unv' | 'oth', Visitor>;
	threads: Record<Place, Thread>;
	/** The thread of a place; ids that exist nowhere for `guessed`. */
	thread(place: string): Thread;
	close(): Promise<void>;
}

export async function createWorld(backend: Backend): Promise<World> {
	const sql = connectSql(backend);
	const [a, b] = await Promise.all([
		createTenant(backend, sql, 'Tenant A'),
		createTenant(backend, sql, 'Tenant B')
	]);
	const secondSite = await a.addSite('Second site');
	const people = await createPeople(a, b);
	const [ver, unv, oth, second, foreign] = await Promise.all([
		a.addVisitor({ identity: { sub: 'u-1', name: 'Ann', email: 'ann@shop.test' } }),
		a.addVisitor(),
		a.addVisitor(),
		a.addVisitor({ site: secondSite }),
		b.addVisitor()
	]);
	const threads = {
		ver: await converse(ver, people.opr),
		unv: await converse(unv, people.opr),
		oth: await converse(oth, people.opr),
		second: await converse(second, people.own),
		foreign: await converse(foreign, people.str)
	};
	for (const [tenant, { id }, owner, operator] of [
		[a, threads.ver, people.own, people.opr],
		[{ ...a, site: secondSite }, threads.second, people.own, people.own],
		[b, threads.foreign, people.str, people.str]
	] as const) {
		await furnish(sql, tenant, { conversation: id, owner: owner.id, operator: operator.id });
	}
	// The token of `rem` was minted before.
	await sql`delete from public.memberships where user_id = ${people.rem.id}`;
	const tokens: Partial<Record<Actor, string>> = {
		...Object.fromEntries(Object.entries(people).map(([actor, { token }]) => [actor, token])),
		ver: ver.session.token,
		unv: unv.session.token,
		oth: oth.session.token
	};
	return {
		backend,
		sql,
		api: new Api(backend, tokens, secretsOf(threads)),
		a,
		b,
		secondSite,
		people,
		visitors: { ver, unv, oth },
		threads,
		thread: (place) => (threads as Record<string, Thread>)[place] ?? guessed(),
		close: () => sql.end()
	};
}

async function createPeople(a: Tenant, b: Tenant): Promise<People> {
	const [own, adm, opr, una, rem, str] = await Promise.all([
		a.addMember('owner'),
		a.addMember('admin'),
		a.addMember('operator'),
		a.addMember('operator', false),
		a.addMember('operator'),
		b.addMember('owner')
	]);
	return { own, adm, opr, una, rem, str };
}

async function converse(visitor: Visitor, operator: Person): Promise<Thread> {
	const { visitor_id, site_id, organization_id } = visitor.session;
	const [conversation_id, ...messages] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()] as const;
	await visitor.client
		.rpc('start_conversation', {
			conversation_id,
			message_id: messages[0],
			body: `Hello from ${visitor_id}`
		})
		.throwOnError();
	for (const [place, visibility] of [
		[1, 'public'],
		[2, 'team']
	] as const) {
		const message_id = messages[place];
		await operator.client
			.rpc('send_operator_message', {
				conversation_id,
				message_id,
				body: `${visibility} answer ${message_id}`,
				seen_seq: place,
				visibility
			})
			.throwOnError();
	}
	await operator.client.rpc('mark_read', { conversation_id, seq: 3 }).throwOnError();
	return {
		id: conversation_id,
		organization: organization_id,
		site: site_id,
		visitor: visitor_id,
		messages: [...messages],
		operator: operator.id
	};
}

function guessed(): Thread {
	return {
		id: uuidv7(),
		organization: uuidv7(),
		site: uuidv7(),
		visitor: uuidv7(),
		messages: [uuidv7(), uuidv7(), uuidv7()],
		operator: uuidv7()
	};
}

import type { Tables } from '@chatiq/contracts/database';
import type postgres from 'postgres';
import { connectSql, type Backend } from '../../support/backend.ts';
import { furnish } from '../../support/furnish.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../../support/tenant.ts';
import type { Actor } from './actors.ts';
import { Api } from './api.ts';
import { secretsOf } from './secrets.ts';
import { converse, guessedThread, type Place, type Thread } from './thread.ts';

export type People = Record<'own' | 'adm' | 'opr' | 'una' | 'str' | 'rem', Person>;

export type SitePlace = 'first' | 'second' | 'foreign';

/** Two organisations with everything that somebody could want to steal. */
export interface World {
	backend: Backend;
	sql: postgres.Sql;
	api: Api;
	a: Tenant;
	b: Tenant;
	secondSite: Tables<'sites'>;
	/** Sites like the first, the second and B's, on which nobody talks: functions that change a site get these. */
	spareSites: Record<SitePlace, Tables<'sites'>>;
	people: People;
	visitors: Record<'ver' | 'unv' | 'oth' | 'blk', Visitor>;
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
	const people = await createPeople(a, b);
	const [secondSite, spareFirst, spareSecond, spareForeign] = await Promise.all([
		a.addSite('Second site'),
		a.addSite('Spare first site'),
		a.addSite('Spare second site'),
		b.addSite('Spare site')
	]);
	await sql`insert into public.site_operators (site_id, organization_id, user_id)
		values (${spareFirst.id}, ${a.organization}, ${people.opr.id})`;
	// Nothing of ours may write while attacks are watched.
	await sql`update public.sites set missed_chat_minutes = null, offline_reply_minutes = null
		where organization_id = any (${[a.organization, b.organization]})`;
	await sql`select cron.unschedule(jobname) from cron.job where jobname = 'chatiq-refresh-stats'`;
	await liftLimits(sql, [a.site, secondSite, b.site]);
	const [ver, unv, oth, blk, second, foreign] = await Promise.all([
		a.addVisitor({ identity: { sub: 'u-1', name: 'Ann', email: 'ann@shop.test' } }),
		a.addVisitor(),
		a.addVisitor(),
		a.addVisitor(),
		a.addVisitor({ site: secondSite }),
		b.addVisitor()
	]);
	const threads = {
		ver: await converse(sql, ver, people.opr),
		unv: await converse(sql, unv, people.opr),
		oth: await converse(sql, oth, people.opr),
		blk: await converse(sql, blk, people.opr),
		second: await converse(sql, second, people.own),
		foreign: await converse(sql, foreign, people.str)
	};
	for (const [tenant, { id }, owner, operator] of [
		[a, threads.ver, people.own, people.opr],
		[{ ...a, site: secondSite }, threads.second, people.own, people.own],
		[b, threads.foreign, people.str, people.str]
	] as const) {
		await furnish(sql, tenant, { conversation: id, owner: owner.id, operator: operator.id });
	}
	// The tokens of `rem` and `blk` were minted before.
	await sql`delete from public.memberships where user_id = ${people.rem.id}`;
	await people.opr.client
		.rpc('block_visitor', { id: crypto.randomUUID(), visitor_id: threads.blk.visitor })
		.throwOnError();
	const visitors = { ver, unv, oth, blk };
	return {
		backend,
		sql,
		api: new Api(backend, tokensOf(people, visitors), secretsOf(threads)),
		a,
		b,
		secondSite,
		spareSites: { first: spareFirst, second: spareSecond, foreign: spareForeign },
		people,
		visitors,
		threads,
		thread: (place) => (threads as Record<string, Thread>)[place] ?? guessedThread(),
		close: () => sql.end()
	};
}

function tokensOf(people: People, visitors: World['visitors']): Partial<Record<Actor, string>> {
	return Object.fromEntries([
		...Object.entries(people).map(([actor, { token }]) => [actor, token]),
		...Object.entries(visitors).map(([actor, { session }]) => [actor, session.token])
	]) as Partial<Record<Actor, string>>;
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

/** The matrix sends in a minute what nobody would: limits are no subject of it. */
async function liftLimits(sql: postgres.Sql, sites: Tables<'sites'>[]): Promise<void> {
	for (const { id, organization_id } of sites) {
		await sql`
			insert into public.rate_limits (site_id, organization_id, kind, scope, burst, per_minute)
			select ${id}, ${organization_id}, kind, scope, 100000, 100000
			from private.default_limits where scope <> 'organization'`;
	}
}

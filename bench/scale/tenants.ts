import type postgres from 'postgres';
import type { Form } from './place.ts';
import { people, phrases, slots, waysToSay } from './texts.ts';

/** Texts, organisations, people and sites; triggers are off, so what they would make is made here too. */
export async function loadTenants(sql: postgres.TransactionSql, form: Form): Promise<void> {
	await loadTexts(sql);
	await sql`
		insert into scale.operators (organization, place, id, name)
		select o, p, md5('operator ' || o || ' ' || p)::uuid,
			(select name from scale.names where language = 'uk' and place = (o * 7 + p) % 16)
		from generate_series(0, ${form.organizations - 1}::integer) as o
		cross join lateral generate_series(0, case o when 0 then ${form.largestTeam}::integer else 5 end - 1) as p`;
	await sql`
		insert into scale.sites (organization, place, language, id, organization_id)
		select o, s, case when (o * 3 + s) % 20 < 13 then 'uk' else 'en' end,
			md5('site ' || o || ' ' || s)::uuid, md5('organization ' || o)::uuid
		from generate_series(0, ${form.organizations - 1}::integer) as o
		cross join lateral generate_series(0, case o when 0 then 2 else o % 3 end) as s`;
	await sql`
		insert into public.organizations (id, name)
		select distinct organization_id, 'Organisation ' || organization from scale.sites`;
	await sql`
		insert into public.sites (id, organization_id, name, allowed_origins)
		select id, organization_id, 'Site ' || organization || '.' || place, '{https://shop.example}' from scale.sites`;
	await sql`insert into public.widget_settings (site_id, organization_id) select id, organization_id from scale.sites`;
	await sql`insert into private.site_secrets (site_id) select id from scale.sites`;
	await loadPeople(sql);
}

/** The first of an organisation owns it, the second helps, the others answer on one or two sites. */
async function loadPeople(sql: postgres.TransactionSql): Promise<void> {
	await sql`
		insert into auth.users (id, email, aud, role)
		select id, 'operator' || organization || '.' || place || '@example.com', 'authenticated', 'authenticated'
		from scale.operators`;
	await sql`insert into public.profiles (id, display_name) select id, name from scale.operators`;
	await sql`
		insert into public.memberships (organization_id, user_id, role)
		select md5('organization ' || organization)::uuid, id,
			(case place when 0 then 'owner' when 1 then 'admin' else 'operator' end)::public.member_role
		from scale.operators`;
	await sql`
		insert into public.site_operators (site_id, organization_id, user_id)
		select s.id, s.organization_id, o.id
		from scale.operators as o join scale.sites as s using (organization)
		where o.place >= 2 and (s.place = 0 or s.place = o.place % 3)`;
}

async function loadTexts(sql: postgres.TransactionSql): Promise<void> {
	for (const language of ['uk', 'en'] as const) {
		const names = people[language].split('|');
		await sql`
			insert into scale.names (language, place, name)
			select ${language}, place - 1, name from unnest(${names}::text[]) with ordinality as n (name, place)`;
		for (const kind of ['visitor', 'operator'] as const) {
			const said: readonly string[] = phrases[language][kind];
			const bodies = said.flatMap((phrase) => waysToSay(phrase, slots[language]));
			await sql`
				insert into scale.pieces (language, author_kind, place, body, words)
				select ${language}, ${kind}::public.author_kind, place - 1, body, app.search_words(body)
				from unnest(${bodies}::text[]) with ordinality as b (body, place)`;
		}
	}
}

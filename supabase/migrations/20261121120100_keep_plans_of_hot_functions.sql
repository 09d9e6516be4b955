-- A function in SQL that sets its search_path is planned anew at every call; one in PL/pgSQL keeps its plan for as long
-- as the connection lives. These run with every send or every page, some many times: the same rules, planned once.

create or replace function app.visitor_claim(name text) returns uuid
language plpgsql stable security invoker set search_path = ''
as $$
declare
  claims constant jsonb := auth.jwt();
begin
  -- Visitors come as `anon`; a claim of this name in an operator's token must mean nothing.
  return case when claims ->> 'role' = 'anon' then (claims ->> visitor_claim.name)::uuid end;
end $$;

create or replace function app.my_organization_ids(min_role public.member_role default 'operator') returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
  select memberships.organization_id from public.memberships
  where memberships.user_id = (select auth.uid())
    and memberships.role <= my_organization_ids.min_role and memberships.deactivated_at is null;
end $$;

create or replace function app.my_site_ids(min_role public.member_role default 'operator') returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
  select sites.id from public.memberships
  join public.sites on sites.organization_id = memberships.organization_id
  where memberships.user_id = (select auth.uid())
    and memberships.role <= my_site_ids.min_role
    and memberships.deactivated_at is null
    and (
      memberships.role <= 'admin'
      or exists (
        select from public.site_operators
        where site_operators.site_id = sites.id and site_operators.user_id = memberships.user_id
      )
    );
end $$;

create or replace function app.visitor_blocked(visitor_id uuid, site_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  -- Nearly always the site blocks nobody, and nothing else is read.
  if not exists (select from public.blocklist as b where b.site_id = visitor_blocked.site_id) then
    return false;
  end if;
  return app.session_blocked(
    visitor_blocked.site_id, visitor_blocked.visitor_id,
    (select v.external_id from public.visitors as v where v.id = visitor_blocked.visitor_id), null
  )
  or exists (
    select from private.visitor_sessions as s
    where s.visitor_id = visitor_blocked.visitor_id and s.site_id = visitor_blocked.site_id
      and app.session_blocked(s.site_id, s.visitor_id, s.identity ->> 'sub', s.address)
  );
end $$;

create or replace function app.conversation_blocked(conversation_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select app.visitor_blocked(c.visitor_id, c.site_id) from public.conversations as c
    where c.id = conversation_blocked.conversation_id
  );
end $$;

create or replace function app.my_visitor_conversation_ids() returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
  visitor constant uuid := app.visitor_claim('visitor_id');
  site constant uuid := app.visitor_claim('site_id');
begin
  if visitor is null or app.visitor_blocked(visitor, site) then
    return;
  end if;
  return query
  select conversations.id from public.conversations
  where conversations.visitor_id = visitor and conversations.site_id = site;
end $$;

create or replace function app.inbox_conversation(conversation_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select to_jsonb(entry) from app.inbox_conversations as entry where entry.id = inbox_conversation.conversation_id
  );
end $$;

create or replace function app.my_inbox_conversation(entry app.inbox_conversations) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  mine public.conversation_reads;
begin
  select * into mine from public.conversation_reads as r
  where r.conversation_id = entry.id and r.reader_id = (select auth.uid());
  return to_jsonb(entry) || jsonb_build_object(
    'my_last_read_seq', coalesce(mine.last_read_seq, 0), 'my_read_visitor_count', coalesce(mine.read_visitor_count, 0)
  );
end $$;

create or replace function app.preview(message public.messages) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return left(
    coalesce(nullif(regexp_replace(message.body, '\s+', ' ', 'g'), ''), message.attachments -> 0 ->> 'name', ''), 140
  );
end $$;

create or replace function app.search_words(body text) returns text[]
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return (
    select coalesce(array_agg(distinct left(word, 40)), '{}')
    from regexp_split_to_table(
      -- An apostrophe is part of a Ukrainian word, however it was typed.
      regexp_replace(lower(normalize(search_words.body, NFKC)), '[''’ʼ`´]', '', 'g'), '[^[:alnum:]]+'
    ) as word
    where word <> ''
  );
end $$;

create or replace function app.search_vector(site_id uuid, words text[]) returns tsvector
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  tag constant text := app.search_tag(search_vector.site_id);
begin
  return (
    select array_to_tsvector(coalesce(array_agg(tag || word), '{}')) from unnest(search_vector.words) as word
  );
end $$;

create or replace function app.search_tag(site_id uuid) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return left(md5(search_tag.site_id::text), 6) || ':';
end $$;

-- How many rows hold a word is a guess for the planner; guessed high, it read the whole table to find a first few.
alter function app.search_site(uuid, text, timestamptz, uuid, integer) set enable_seqscan = off;

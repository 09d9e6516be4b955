create type public.limit_kind as enum ('session', 'conversation', 'message', 'upload');
create type public.limit_scope as enum ('visitor', 'address', 'organization');

create table public.rate_limits (
  site_id uuid not null,
  organization_id uuid not null,
  kind public.limit_kind not null,
  scope public.limit_scope not null check (scope <> 'organization'),
  burst integer not null check (burst between 1 and 100000),
  per_minute integer not null check (per_minute between 1 and 100000),
  updated_at timestamptz not null default now(),
  primary key (site_id, kind, scope),
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade
);
comment on table public.rate_limits is
  'Limits of a site that differ from app.default_limit: per visitor, and per address (an office shares one).';
comment on column public.rate_limits.burst is 'How many at once, after a time of rest.';
comment on column public.rate_limits.per_minute is 'How many a minute in the long run.';
create index on public.rate_limits (organization_id);

create trigger touch_updated_at before update on public.rate_limits
for each row execute function app.touch_updated_at();

create trigger audit_change after insert or update or delete on public.rate_limits
for each row execute function app.audit_change('site_id', 'kind', 'scope');

alter table public.rate_limits enable row level security;
grant select, delete, insert (site_id, organization_id, kind, scope, burst, per_minute), update (burst, per_minute)
on public.rate_limits to authenticated;

create policy "operators read the limits of their sites" on public.rate_limits
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));
create policy "admins set limits of their sites" on public.rate_limits
for insert to authenticated
with check (site_id = any (array(select app.my_site_ids('admin'))));
create policy "admins change limits of their sites" on public.rate_limits
for update to authenticated
using (site_id = any (array(select app.my_site_ids('admin'))))
with check (site_id = any (array(select app.my_site_ids('admin'))));
create policy "admins put limits of their sites back" on public.rate_limits
for delete to authenticated
using (site_id = any (array(select app.my_site_ids('admin'))));

create table private.default_limits (
  kind public.limit_kind not null,
  scope public.limit_scope not null,
  burst integer not null check (burst > 0),
  per_minute integer not null check (per_minute > 0),
  primary key (kind, scope)
);
comment on table private.default_limits is
  'What is allowed unless rate_limits says otherwise. An organisation''s ceiling protects the other tenants of the database.';
alter table private.default_limits enable row level security;
insert into private.default_limits (kind, scope, burst, per_minute) values
  ('session', 'address', 120, 60),
  ('conversation', 'visitor', 30, 30),
  ('conversation', 'address', 120, 120),
  ('message', 'visitor', 60, 60),
  ('message', 'address', 600, 600),
  ('upload', 'visitor', 20, 20),
  ('upload', 'address', 100, 100),
  ('session', 'organization', 6000, 6000),
  ('conversation', 'organization', 6000, 6000),
  ('message', 'organization', 24000, 24000),
  ('upload', 'organization', 3000, 3000);

-- Every message updates three of these rows: without an index on what changes they stay in their page.
drop index private.rate_buckets_updated_at_idx;
alter table private.rate_buckets
  add column burst double precision,
  add column per_second double precision,
  set (fillfactor = 50);

create function app.take_tokens(
  kind public.limit_kind, site_id uuid, organization_id uuid, visitor_id uuid, address inet
) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- One row per organisation would make all its sends wait for each other: it is cut into shards.
  shards constant integer := 8;
  wait double precision;
begin
  -- Taken in this order everywhere (visitor, address, organisation), so that no two calls wait for each other in a circle.
  with taken as (
    insert into private.rate_buckets as bucket (key, tokens, updated_at, burst, per_second)
    select take_tokens.kind || ':' || asked.scope || ':' || asked.name, asked.burst - 1, clock_timestamp(), asked.burst, asked.per_second
    from (
      select usual.scope,
        coalesce(own.burst, usual.burst)::double precision / parts.many as burst,
        coalesce(own.per_minute, usual.per_minute) / 60.0::double precision / parts.many as per_second,
        case usual.scope
          when 'visitor' then take_tokens.visitor_id::text
          when 'address' then take_tokens.site_id || ':' || coalesce(app.address_name(take_tokens.address), 'unknown')
          else take_tokens.organization_id || ':' || floor(random() * shards)::text end as name
      from private.default_limits as usual
      cross join lateral (select case usual.scope when 'organization' then shards else 1 end) as parts (many)
      left join public.rate_limits as own
        on own.site_id = take_tokens.site_id and own.kind = usual.kind and own.scope = usual.scope
      where usual.kind = take_tokens.kind
    ) as asked
    where asked.name is not null
    order by asked.scope
    on conflict on constraint rate_buckets_pkey do update set
      tokens = least(
        excluded.burst,
        bucket.tokens + extract(epoch from clock_timestamp() - bucket.updated_at) * excluded.per_second
      ) - 1,
      updated_at = clock_timestamp(), burst = excluded.burst, per_second = excluded.per_second
    returning tokens, per_second
  )
  select max(-taken.tokens / taken.per_second) into wait from taken where taken.tokens < 0;
  if wait is not null then
    -- The refusal rolls the taken tokens back: hammering does not prolong the wait.
    perform app.refuse(429, 'rate_limited', jsonb_build_object('retry_after', ceil(wait)));
  end if;
end $$;
comment on function app.take_tokens is
  'Takes one token of the visitor, its address (IPv6: its /64) and the organisation, or refuses with the seconds to wait. security definer: the buckets are private.';

create function app.address_name(address inet) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return host(set_masklen(address, case family(address) when 4 then 32 else 64 end)::cidr);
end $$;
comment on function app.address_name is 'What counts as one address: an IPv4 address, or the /64 of an IPv6 one.';

-- An address as a proxy wrote it; anything else counts as unknown, never as an error.
create function app.parse_address(address text) returns inet
language sql immutable security invoker set search_path = ''
as $$
  select case when pg_input_is_valid(btrim(parse_address.address), 'inet') then btrim(parse_address.address)::inet end
$$;

create or replace function app.open_site(site_key text, origin text, address text) returns public.sites
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  site public.sites;
begin
  select * into site from public.sites
  where sites.id = app.site_id_of_key(open_site.site_key) and sites.archived_at is null;
  if site.id is null then
    perform app.refuse(404, 'site_not_found');
  end if;
  if not app.origin_allowed(site.allowed_origins, coalesce(origin, '')) then
    perform app.refuse(403, 'origin_not_allowed');
  end if;
  perform app.take_tokens('session', site.id, site.organization_id, null, app.parse_address(address));
  return site;
end $$;
comment on function app.open_site is
  'The site behind a key, if this origin may use it and this address does not hurry.';

drop function app.continue_session;
-- Rotates a refresh token. `refused` is an answer, not an exception: a revocation must be stored.
create function app.continue_session(site_id uuid, token_hash bytea, new_token_hash bytea, address inet) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  grace constant interval := '30 seconds';
  token private.visitor_refresh_tokens;
  session private.visitor_sessions;
begin
  select s.* into session
  from private.visitor_sessions as s
  join private.visitor_refresh_tokens as t on t.session_id = s.id
  where t.token_hash = continue_session.token_hash and s.site_id = continue_session.site_id
  for update of s;
  if session.id is null or session.expires_at < now() then
    return '{"refused": "refresh_token_invalid"}';
  end if;
  if session.revoked_at is not null then
    return '{"refused": "session_revoked"}';
  end if;
  select * into token from private.visitor_refresh_tokens as t where t.token_hash = continue_session.token_hash;
  -- A used token is fine shortly after (two tabs at once), and as long as no successor was ever used
  -- (the answer was lost on the way). Anything else is a stolen copy: the whole session ends.
  if token.used_at < clock_timestamp() - grace and exists (
    select from private.visitor_refresh_tokens as child
    where child.parent_hash = token.token_hash and child.used_at is not null
  ) then
    update private.visitor_sessions set revoked_at = now() where id = session.id;
    return '{"refused": "session_revoked"}';
  end if;
  update private.visitor_sessions as s set
    expires_at = now() + interval '90 days', address = coalesce(continue_session.address, s.address)
  where s.id = session.id
  returning * into session;
  -- The token stays good: when the block ends, the visitor is whom it was.
  if app.visitor_blocked(session.visitor_id, session.site_id)
    or app.session_blocked(session.site_id, session.visitor_id, session.identity ->> 'sub', session.address)
  then
    return '{"refused": "visitor_blocked"}';
  end if;
  update private.visitor_refresh_tokens as t set used_at = coalesce(t.used_at, clock_timestamp())
  where t.token_hash = token.token_hash;
  insert into private.visitor_refresh_tokens (token_hash, session_id, parent_hash)
  values (new_token_hash, session.id, token.token_hash);
  delete from private.visitor_refresh_tokens as t
  where t.session_id = session.id and t.used_at < now() - interval '7 days';
  return app.session_claims(session);
end $$;

-- A few at a time, by whoever comes: no schedule is needed to keep these tables small.
create or replace function app.sweep_sessions() returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  delete from private.visitor_sessions where id in (
    select id from private.visitor_sessions where expires_at < now() limit 20 for update skip locked
  );
  -- The buckets are read from end to end, so not each time.
  if random() < 0.02 then
    delete from private.rate_buckets where key in (
      select key from private.rate_buckets where updated_at < now() - interval '1 hour' limit 1000 for update skip locked
    );
  end if;
end $$;

drop function app.begin_session;
create function app.begin_session(site public.sites, new_token_hash bytea, identity jsonb, address inet) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  session private.visitor_sessions;
begin
  perform app.sweep_sessions();
  session.visitor_id := case when identity is null then gen_random_uuid() else app.verified_visitor_id(site.id, identity ->> 'sub') end;
  if app.session_blocked(site.id, session.visitor_id, identity ->> 'sub', address) then
    return '{"refused": "visitor_blocked"}';
  end if;
  insert into private.visitor_sessions (site_id, organization_id, visitor_id, identity, address, expires_at)
  values (site.id, site.organization_id, session.visitor_id, identity, begin_session.address, now() + interval '90 days')
  returning * into session;
  insert into private.visitor_refresh_tokens (token_hash, session_id) values (new_token_hash, session.id);
  return app.session_claims(session);
end $$;

create or replace function public.open_visitor_session(
  site_key text, origin text, address text, new_token_hash text,
  token_hash text default null, identity jsonb default null
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites := app.open_site(site_key, origin, address);
  came_from constant inet := app.parse_address(address);
  claims jsonb;
begin
  if token_hash is not null then
    claims := app.continue_session(site.id, decode(token_hash, 'hex'), decode(new_token_hash, 'hex'), came_from);
    -- Another person signed in (or a guest became known) on this browser: that is another visitor.
    if identity is not null and claims ->> 'visitor_id' is distinct from app.verified_visitor_id(site.id, identity ->> 'sub')::text then
      claims := null;
      delete from private.visitor_refresh_tokens where visitor_refresh_tokens.token_hash = decode(new_token_hash, 'hex');
    end if;
  end if;
  if claims is null then
    if identity is null and site.require_verification then
      perform app.refuse(403, 'identity_required');
    end if;
    claims := app.begin_session(site, decode(new_token_hash, 'hex'), identity, came_from);
  end if;
  return claims;
end $$;

create or replace function public.boot_visitor(
  site_key text, origin text, address text, new_token_hash text,
  token_hash text default null, identity jsonb default null
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  claims jsonb;
  conversation public.conversations;
  site_id uuid;
begin
  if token_hash is not null or identity is not null then
    claims := public.open_visitor_session(site_key, origin, address, new_token_hash, token_hash, identity);
    site_id := app.site_id_of_key(boot_visitor.site_key);
  else
    site_id := (app.open_site(site_key, origin, address)).id;
  end if;
  -- Not the same as an unusable token: the browser must keep it, or its next visit is a new, unblocked visitor.
  if claims ->> 'refused' = 'visitor_blocked' then
    perform app.refuse(403, 'visitor_blocked');
  end if;
  select * into conversation from public.conversations as c
  where c.visitor_id = (claims ->> 'visitor_id')::uuid and c.site_id = (claims ->> 'site_id')::uuid
  order by c.created_at desc limit 1;
  return jsonb_build_object(
    'claims', case when claims ? 'refused' then null else claims end,
    'site', app.public_site(site_id),
    'conversation', case when conversation.id is not null then app.visitor_conversation(conversation) || jsonb_build_object(
      'messages', (
        select coalesce(jsonb_agg(to_jsonb(newest) order by newest.seq), '[]')
        from (
          select m.* from public.messages as m
          where m.conversation_id = conversation.id and m.visibility = 'public'
          order by m.seq desc limit 30
        ) as newest
      )) end,
    'unread_count', (
      select count(*) from (
        select from public.messages as m
        where m.conversation_id = conversation.id and m.visibility = 'public'
          and m.author_kind <> 'visitor' and m.seq > conversation.visitor_read_seq
        limit 100
      ) as unread
    )
  );
end $$;

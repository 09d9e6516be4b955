create table public.visitors (
  id uuid primary key,
  organization_id uuid not null,
  site_id uuid not null,
  external_id text check (char_length(external_id) between 1 and 200),
  verified boolean not null default false check (verified = (external_id is not null)),
  name text check (char_length(name) between 1 and 120),
  email text check (char_length(email) between 3 and 254),
  language text check (char_length(language) <= 35),
  time_zone text check (char_length(time_zone) <= 64),
  page_url text check (char_length(page_url) <= 2000),
  page_title text check (char_length(page_title) <= 300),
  referrer text check (char_length(referrer) <= 2000),
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade,
  unique (site_id, external_id),
  unique (id, site_id)
);
comment on table public.visitors is 'A person who wrote at least one message on a site; passers-by leave no row.';
comment on column public.visitors.external_id is 'The customer''s own id of the person, from a signed identity only.';
create index on public.visitors (organization_id);

create table private.visitor_sessions (
  id uuid primary key default gen_random_uuid(),
  site_id uuid not null references public.sites (id) on delete cascade,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  visitor_id uuid not null,
  identity jsonb,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
comment on table private.visitor_sessions is
  'One browser of one visitor. No key to visitors: the session comes before the first message.';
comment on column private.visitor_sessions.identity is 'Claims signed by the customer''s server: sub, name, email.';
create index on private.visitor_sessions (visitor_id);
create index on private.visitor_sessions (site_id);
create index on private.visitor_sessions (organization_id);
create index on private.visitor_sessions (expires_at);
alter table private.visitor_sessions enable row level security;

create table private.visitor_refresh_tokens (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  session_id uuid not null references private.visitor_sessions (id) on delete cascade,
  parent_hash bytea,
  created_at timestamptz not null default now(),
  used_at timestamptz
);
comment on table private.visitor_refresh_tokens is 'SHA-256 of each refresh token; a used one stays to notice reuse.';
create index on private.visitor_refresh_tokens (session_id);
create index on private.visitor_refresh_tokens (parent_hash);
alter table private.visitor_refresh_tokens enable row level security;

create function app.visitor_claim(name text) returns uuid
language sql stable security invoker set search_path = ''
as $$
  -- Visitors come as `anon`; a claim of this name in an operator's token must mean nothing.
  select case when (select auth.jwt()) ->> 'role' = 'anon'
    then ((select auth.jwt()) ->> visitor_claim.name)::uuid end
$$;
comment on function app.visitor_claim is
  'A uuid claim (visitor_id, site_id, session_id) of a visitor''s token; null for everybody else.';
grant execute on function app.visitor_claim to anon, authenticated;

alter table public.visitors enable row level security;
grant select on public.visitors to authenticated;

create policy "operators read the visitors of their sites" on public.visitors
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

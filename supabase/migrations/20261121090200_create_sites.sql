create type public.widget_position as enum ('left', 'right');
create type public.widget_size as enum ('compact', 'standard', 'large');
create type public.widget_theme as enum ('light', 'dark', 'auto');
create type public.widget_language as enum ('auto', 'en', 'uk');

-- 24 characters of base58 (no 0 O I l): easy to read aloud, safe in HTML and file names.
create function app.new_site_key() returns text
language sql volatile security invoker set search_path = ''
as $$
  select 'pk_' || string_agg(substr('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz', 1 + get_byte(random.bytes, i) % 58, 1), '')
  from (select extensions.gen_random_bytes(24) as bytes) as random, generate_series(0, 23) as i
$$;

create table public.sites (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  name text not null check (char_length(name) between 1 and 120),
  site_key text not null unique default app.new_site_key()
    check (site_key ~ '^pk_[1-9A-HJ-NP-Za-km-z]{24}$'),
  allowed_origins text[] not null default '{}' check (cardinality(allowed_origins) <= 50),
  require_verification boolean not null default false,
  archived_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (id, organization_id)
);
comment on table public.sites is 'A website on which the widget runs.';
comment on column public.sites.site_key is 'Public name of the site in the install snippet.';
comment on column public.sites.allowed_origins is
  'Origins that may open sessions: exact (https://shop.example), every subdomain (https://*.shop.example), or * for any.';
comment on column public.sites.require_verification is 'Only visitors whose identity the customer''s server signed may chat.';
create index on public.sites (organization_id);

create table public.site_operators (
  site_id uuid not null,
  organization_id uuid not null,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (site_id, user_id),
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade,
  foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);
comment on table public.site_operators is 'Sites on which a member with role operator works; owners and admins work on all.';
create index on public.site_operators (user_id);
create index on public.site_operators (organization_id, user_id);

create table private.site_secrets (
  site_id uuid primary key references public.sites (id) on delete cascade,
  identity_secret text not null default encode(extensions.gen_random_bytes(32), 'hex')
);
comment on table private.site_secrets is 'Secret with which the customer''s server signs visitor identities (JWT, HS256).';
alter table private.site_secrets enable row level security;

create function app.valid_widget_texts(texts jsonb) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select jsonb_typeof(texts) = 'object' and texts ?& array['en', 'uk'] and (
    select count(*) = 2 and bool_and(
      jsonb_typeof(text.value) = 'object'
      and text.value ?& array['title', 'subtitle', 'welcome']
      and (
        select count(*) = 3 and bool_and(jsonb_typeof(line.value) = 'string' and char_length(line.value #>> '{}') <= 500)
        from jsonb_each(text.value) as line
      )
    )
    from jsonb_each(texts) as text
  )
$$;

-- A check constraint runs with the rights of whoever writes the row.
grant execute on function app.valid_widget_texts to authenticated;

create table public.widget_settings (
  site_id uuid primary key,
  organization_id uuid not null,
  primary_color text not null default '#3b5bfd' check (primary_color ~ '^#[0-9a-f]{6}$'),
  secondary_color text not null default '#7c3aed' check (secondary_color ~ '^#[0-9a-f]{6}$'),
  position public.widget_position not null default 'right',
  size public.widget_size not null default 'standard',
  theme public.widget_theme not null default 'auto',
  language public.widget_language not null default 'auto',
  texts jsonb not null
    default '{"en":{"title":"","subtitle":"","welcome":""},"uk":{"title":"","subtitle":"","welcome":""}}'
    constraint widget_settings_texts_check check (app.valid_widget_texts(texts)),
  updated_at timestamptz not null default now(),
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade
);
comment on table public.widget_settings is 'How the widget looks on a site; published to everybody.';
create index on public.widget_settings (organization_id);

create trigger touch_updated_at before update on public.sites
for each row execute function app.touch_updated_at();
create trigger touch_updated_at before update on public.widget_settings
for each row execute function app.touch_updated_at();

-- security definer: whoever may create a site gets its settings and secret with it.
create function app.create_site_parts() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.widget_settings (site_id, organization_id) values (new.id, new.organization_id);
  insert into private.site_secrets (site_id) values (new.id);
  return new;
end $$;

create trigger create_site_parts after insert on public.sites
for each row execute function app.create_site_parts();

-- security definer: the rule reads tables whose policies use it.
create function app.my_site_ids(min_role public.member_role default 'operator') returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select sites.id from public.memberships
  join public.sites on sites.organization_id = memberships.organization_id
  where memberships.user_id = (select auth.uid())
    and memberships.role <= my_site_ids.min_role
    and (
      memberships.role <= 'admin'
      or exists (
        select from public.site_operators
        where site_operators.site_id = sites.id and site_operators.user_id = memberships.user_id
      )
    )
$$;
comment on function app.my_site_ids is
  'Sites the caller works on: all of the organisation for owners and admins, the assigned ones for operators.';
grant execute on function app.my_site_ids to authenticated;

alter table public.sites enable row level security;
alter table public.site_operators enable row level security;
alter table public.widget_settings enable row level security;

grant select, update (name, allowed_origins) on public.sites to authenticated;
grant select on public.site_operators to authenticated;
grant
  select, update (primary_color, secondary_color, position, size, theme, language, texts)
on public.widget_settings to authenticated;

create policy "operators read their sites" on public.sites
for select to authenticated
using (id = any (array(select app.my_site_ids())));

create policy "admins edit their sites" on public.sites
for update to authenticated
using (id = any (array(select app.my_site_ids('admin'))))
with check (id = any (array(select app.my_site_ids('admin'))));

create policy "operators read who works on their sites" on public.site_operators
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

create policy "operators read the widget settings of their sites" on public.widget_settings
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

create policy "admins edit the widget settings of their sites" on public.widget_settings
for update to authenticated
using (site_id = any (array(select app.my_site_ids('admin'))))
with check (site_id = any (array(select app.my_site_ids('admin'))));

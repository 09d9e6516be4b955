-- Strongest first: `role <= 'admin'` reads "admin or stronger".
create type public.member_role as enum ('owner', 'admin', 'operator');

create table public.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null check (char_length(name) between 1 and 120),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table public.organizations is 'A tenant: a team that answers visitors on its sites.';

create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  display_name text not null check (char_length(display_name) between 1 and 80),
  avatar_url text check (char_length(avatar_url) <= 500),
  language text check (language in ('en', 'uk')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table public.profiles is 'How a person appears to colleagues and visitors; one per account.';

create table public.memberships (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null references public.profiles (id) on delete cascade,
  role public.member_role not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, user_id)
);
comment on table public.memberships is 'Who belongs to which organisation, in which role.';
create index on public.memberships (user_id);

create trigger touch_updated_at before update on public.organizations
for each row execute function app.touch_updated_at();
create trigger touch_updated_at before update on public.profiles
for each row execute function app.touch_updated_at();

-- security definer: runs in the sign-up of Supabase Auth, whose role may not write public tables.
create function app.create_profile() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.profiles (id, display_name)
  values (
    new.id,
    left(coalesce(nullif(btrim(new.raw_user_meta_data ->> 'name'), ''), nullif(split_part(new.email, '@', 1), ''), 'Operator'), 80)
  );
  return new;
end $$;

create trigger create_profile after insert on auth.users
for each row execute function app.create_profile();

-- security definer: a policy on memberships that reads memberships would recurse.
create function app.my_organization_ids(min_role public.member_role default 'operator') returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select memberships.organization_id from public.memberships
  where memberships.user_id = (select auth.uid()) and memberships.role <= my_organization_ids.min_role
$$;
comment on function app.my_organization_ids is 'Organisations in which the caller holds this role or a stronger one.';

-- security definer: for the same reason.
create function app.my_colleague_ids() returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select colleagues.user_id from public.memberships as colleagues
  where colleagues.organization_id in (select app.my_organization_ids())
$$;
comment on function app.my_colleague_ids is 'Everybody with whom the caller shares an organisation, the caller included.';

grant execute on function app.my_organization_ids, app.my_colleague_ids to authenticated;

alter table public.organizations enable row level security;
alter table public.profiles enable row level security;
alter table public.memberships enable row level security;

grant select, update (name) on public.organizations to authenticated;
grant select, update (display_name, avatar_url, language) on public.profiles to authenticated;
grant select on public.memberships to authenticated;

create policy "members read their organisations" on public.organizations
for select to authenticated
using (id = any (array(select app.my_organization_ids())));

create policy "admins rename their organisations" on public.organizations
for update to authenticated
using (id = any (array(select app.my_organization_ids('admin'))))
with check (id = any (array(select app.my_organization_ids('admin'))));

create policy "people read their own and colleagues' profiles" on public.profiles
for select to authenticated
using (id = (select auth.uid()) or id = any (array(select app.my_colleague_ids())));

create policy "people edit their own profile" on public.profiles
for update to authenticated
using (id = (select auth.uid()))
with check (id = (select auth.uid()));

create policy "members read who belongs to their organisations" on public.memberships
for select to authenticated
using (organization_id = any (array(select app.my_organization_ids())));

create table public.saved_views (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
  user_id uuid not null default auth.uid(),
  name text not null check (char_length(name) between 1 and 80 and name = btrim(name)),
  filters jsonb not null check (jsonb_typeof(filters) = 'object' and pg_column_size(filters) <= 8192),
  shared boolean not null default false,
  position integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);
comment on table public.saved_views is 'Filters of the inbox under a name; gone with the membership of whoever made them.';
comment on column public.saved_views.filters is 'Search parameters of the inbox, as in its URL.';
comment on column public.saved_views.shared is 'Colleagues see it too.';
create index on public.saved_views (organization_id, user_id, position);
create index on public.saved_views (organization_id, position) where shared;

create trigger touch_updated_at before update on public.saved_views
for each row execute function app.touch_updated_at();

alter table public.saved_views enable row level security;
grant
  select, delete,
  insert (id, organization_id, name, filters, shared, position),
  update (name, filters, shared, position)
on public.saved_views to authenticated;

create policy "members read their own views and shared ones" on public.saved_views
for select to authenticated
using (
  organization_id = any (array(select app.my_organization_ids())) and (shared or user_id = (select auth.uid()))
);

create policy "members make their own views" on public.saved_views
for insert to authenticated
with check (
  organization_id = any (array(select app.my_organization_ids())) and user_id = (select auth.uid())
);

create policy "members edit their own views" on public.saved_views
for update to authenticated
using (organization_id = any (array(select app.my_organization_ids())) and user_id = (select auth.uid()))
with check (organization_id = any (array(select app.my_organization_ids())) and user_id = (select auth.uid()));

create policy "members delete their own views, admins shared ones" on public.saved_views
for delete to authenticated
using (
  (organization_id = any (array(select app.my_organization_ids())) and user_id = (select auth.uid()))
  or (shared and organization_id = any (array(select app.my_organization_ids('admin'))))
);

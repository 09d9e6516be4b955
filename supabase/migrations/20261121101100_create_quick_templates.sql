create function app.known_variables(body text) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select coalesce(bool_and(found.variable[1] = any (array[
    'visitor_name', 'visitor_email', 'operator_name', 'operator_signature', 'site_name', 'organization_name', 'page_url'
  ])), true)
  from regexp_matches(known_variables.body, '\{\{\s*([^{}]*?)\s*\}\}', 'g') as found (variable)
$$;
comment on function app.known_variables is 'Whether every {{variable}} of a text is one that can be filled in.';
-- A check constraint runs with the rights of whoever writes the row.
grant execute on function app.known_variables to authenticated, service_role;

create table public.quick_templates (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  site_id uuid,
  language text not null check (language in ('en', 'uk')),
  shortcut text not null check (shortcut ~ '^[[:alnum:]_-]{1,40}$' and shortcut = lower(shortcut)),
  title text not null default '' check (char_length(title) <= 120),
  body text not null check (char_length(body) between 1 and 4000),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (organization_id, language, shortcut),
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade,
  constraint quick_templates_variables_known check (app.known_variables(body))
);
comment on table public.quick_templates is 'Ready answers, written by /shortcut.';
comment on column public.quick_templates.site_id is 'Only for conversations of this site; null for all of the organisation.';
create index on public.quick_templates (site_id, organization_id);

create trigger touch_updated_at before update on public.quick_templates
for each row execute function app.touch_updated_at();

alter table public.quick_templates enable row level security;
grant
  select, delete,
  insert (id, organization_id, site_id, language, shortcut, title, body),
  update (site_id, language, shortcut, title, body)
on public.quick_templates to authenticated;

create policy "operators read the templates of their organisation and sites" on public.quick_templates
for select to authenticated
using (
  organization_id = any (array(select app.my_organization_ids()))
  and (site_id is null or site_id = any (array(select app.my_site_ids())))
);

create policy "admins make templates" on public.quick_templates
for insert to authenticated
with check (organization_id = any (array(select app.my_organization_ids('admin'))));

create policy "admins edit templates" on public.quick_templates
for update to authenticated
using (organization_id = any (array(select app.my_organization_ids('admin'))))
with check (organization_id = any (array(select app.my_organization_ids('admin'))));

create policy "admins delete templates" on public.quick_templates
for delete to authenticated
using (organization_id = any (array(select app.my_organization_ids('admin'))));

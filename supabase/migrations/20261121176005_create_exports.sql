insert into storage.buckets (id, name, public) values ('exports', 'exports', false);

create table public.exports (
  id uuid primary key,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  site_id uuid,
  requested_by uuid,
  kind text not null check (kind in ('conversations', 'visitors', 'organization')),
  format text not null check (format in ('csv', 'json')),
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'expired')),
  total integer not null default 0,
  done integer not null default 0,
  round integer not null default 1,
  section text,
  position jsonb,
  files jsonb not null default '[]',
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  expires_at timestamptz,
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade,
  check (kind <> 'organization' or (format = 'json' and site_id is null))
);
comment on table public.exports is 'Files with an organisation''s data that somebody asked for; the job export writes them part by part.';
comment on column public.exports.round is 'Counts how often it had to begin anew: files of an earlier round may hold somebody who was erased since.';
comment on column public.exports.section is 'What is being written; null when all is.';
comment on column public.exports.position is 'Behind which row the next part begins.';
comment on column public.exports.files is 'ExportFile[]: what is written and may be fetched when all is done.';
comment on column public.exports.expires_at is 'Seven days after the end; links stop working and the files go.';
create index on public.exports (organization_id, created_at desc);
create index on public.exports (site_id, organization_id);
create index on public.exports (expires_at) where state = 'done';

alter table public.exports enable row level security;
grant select on public.exports to authenticated;
grant select on public.exports to service_role;
create policy "admins see the exports of their organisations" on public.exports
for select to authenticated
using (organization_id = any (array(select app.my_organization_ids('admin'))));

create trigger audit_change after insert or delete on public.exports
for each row execute function app.audit_change('id');

-- security definer: a policy on storage.objects must not run the policies of exports for each object.
create function app.my_export_paths() returns setof text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
    select file ->> 'path' from public.exports as e
    cross join jsonb_array_elements(e.files) as file
    where e.organization_id = any (array(select app.my_organization_ids('admin')))
      and e.state = 'done' and e.expires_at > now();
end $$;
comment on function app.my_export_paths is 'Files that the caller may fetch: those of finished exports of organisations that they manage.';
grant execute on function app.my_export_paths to authenticated;

create policy "admins fetch the exports of their organisations" on storage.objects
for select to authenticated
using (bucket_id = 'exports' and name = any (array(select app.my_export_paths())));

create function app.drop_export_files(export public.exports) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  insert into private.files_to_remove (bucket_id, path)
  select 'exports', file ->> 'path' from jsonb_array_elements(export.files) as file
  on conflict do nothing;
  perform app.request_file_removal();
end $$;
comment on function app.drop_export_files is 'Leaves the files of an export to remove-files.';

-- security definer: the queue of files is private.
create function app.forget_export() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.drop_export_files(old);
  return null;
end $$;
create trigger forget_export after delete on public.exports
for each row execute function app.forget_export();

-- security definer: whoever erases a visitor has no right to write exports.
create function app.spoil_exports() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  export public.exports;
begin
  for export in
    select e.* from public.exports as e
    where e.organization_id in (select gone.organization_id from gone)
      and e.state in ('running', 'done') and (e.state = 'running' or e.expires_at > now())
    for update
  loop
    perform app.drop_export_files(export);
    update public.exports as e set
      state = case e.state when 'done' then 'expired' else e.state end,
      round = e.round + 1, section = app.first_export_section(e.kind), position = null, done = 0, files = '[]'
    where e.id = export.id;
  end loop;
  return null;
end $$;
comment on function app.spoil_exports is
  'Somebody erased must be in no export: finished ones end, one that is being written begins anew.';

create function app.first_export_section(kind text) returns text
language sql immutable security invoker set search_path = ''
as $$
  select case first_export_section.kind when 'organization' then 'settings' else first_export_section.kind end
$$;

create trigger spoil_exports after delete on public.visitors
referencing old table as gone for each statement execute function app.spoil_exports();

-- security definer: nobody writes exports but functions.
create function public.start_export(
  export_id uuid, organization_id uuid, kind text, format text, site_id uuid default null
) returns public.exports
language plpgsql volatile security definer set search_path = ''
as $$
declare
  export public.exports;
begin
  perform app.require_role(start_export.organization_id, 'admin');
  if start_export.site_id is not null and not exists (
    select from public.sites as s
    where s.id = start_export.site_id and s.organization_id = start_export.organization_id
  ) then
    perform app.refuse(404, 'site_not_found');
  end if;
  select * into export from public.exports as e where e.id = start_export.export_id;
  if export.id is null then
    perform app.take_token('export:' || start_export.organization_id, 20, 10);
    insert into public.exports (id, organization_id, site_id, requested_by, kind, format, section)
    values (
      start_export.export_id, start_export.organization_id, start_export.site_id, (select auth.uid()),
      start_export.kind, start_export.format, app.first_export_section(start_export.kind)
    )
    on conflict (id) do nothing;
    select * into export from public.exports as e where e.id = start_export.export_id;
    perform app.enqueue_job(
      'export', jsonb_build_object('export_id', export.id), export.organization_id, 'export:' || export.id, priority => 6
    );
  end if;
  if export.organization_id <> start_export.organization_id then
    perform app.refuse(409, 'id_conflict');
  end if;
  return export;
exception when check_violation or not_null_violation then
  perform app.refuse(422, 'invalid_input', '{"argument": "kind"}');
end $$;
comment on function public.start_export is
  'Asks for files with conversations, visitors or everything of an organisation; once per id, a repeat returns it.';

-- security definer: for the same reason.
create function public.delete_export(export_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from public.exports as e
  where e.id = delete_export.export_id and e.organization_id = any (array(select app.my_organization_ids('admin')));
end $$;
comment on function public.delete_export is 'Takes an export and its files away at once; nothing happens when it is gone.';
grant execute on function public.start_export, public.delete_export to authenticated;

-- security definer: called by the schedule.
create function app.expire_exports() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  export public.exports;
  ended integer := 0;
begin
  for export in select e.* from public.exports as e where e.state = 'done' and e.expires_at < now() for update skip locked loop
    perform app.drop_export_files(export);
    update public.exports as e set state = 'expired', files = '[]' where e.id = export.id;
    ended := ended + 1;
  end loop;
  return ended;
end $$;
comment on function app.expire_exports is 'For the schedule: takes away the files of exports that are older than a week.';

do $$
begin
  if exists (select from pg_available_extensions where name = 'pg_cron') then
    perform cron.schedule('chatiq-expire-exports', '23 * * * *', 'select app.expire_exports()');
  end if;
end $$;

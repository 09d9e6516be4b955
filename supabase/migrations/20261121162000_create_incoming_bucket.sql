-- Bytes as they came. Nobody reads them here: the function upload looks at them and writes what passes to `attachments`.
insert into storage.buckets (id, name, public, file_size_limit) values ('incoming', 'incoming', false, 10485760);

alter table public.attachments
  add column refusal text check (refusal ~ '^[a-z_]+$'),
  add column checked_at timestamptz,
  add check ((status = 'removed') = (refusal is not null));
comment on column public.attachments.refusal is 'ErrorCode of why the file was refused and its bytes taken away.';
comment on column public.attachments.checked_at is 'When a quarantined file was last sent to the function upload again.';
grant select (refusal) on public.attachments to anon;
create index on public.attachments (checked_at) where status = 'quarantined';

-- security definer: a policy on storage.objects must not run the policies of attachments and what they lead to.
create function app.my_incoming_paths() returns setof text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
  select attachments.path from public.attachments
  where attachments.uploader_id = coalesce(app.visitor_claim('visitor_id'), (select auth.uid()))
    and attachments.status = 'pending'
    and case when app.visitor_claim('visitor_id') is null
      then attachments.site_id = any (array(select app.my_site_ids()))
      else attachments.conversation_id = any (array(select app.my_visitor_conversation_ids())) end;
end $$;
comment on function app.my_incoming_paths is 'Where the caller may store bytes now: its own files that were prepared and not looked at yet.';
grant execute on function app.my_incoming_paths to anon, authenticated;
create index on public.attachments (uploader_id) where status = 'pending';

-- Insert only: what was stored once cannot be replaced while it is looked at, nor read by anybody.
create policy "operators store the bytes of their files" on storage.objects
for insert to authenticated
with check (bucket_id = 'incoming' and name = any (array(select app.my_incoming_paths())));
create policy "visitors store the bytes of their files" on storage.objects
for insert to anon
with check (bucket_id = 'incoming' and name = any (array(select app.my_incoming_paths())));

create or replace function app.queue_file_removal() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.files_to_remove (bucket_id, path)
  select bucket.id, gone.path from gone cross join (values ('attachments'), ('incoming')) as bucket (id)
  on conflict do nothing;
  perform app.request_file_removal();
  return null;
end $$;

-- security definer: called by the schedule. Objects are left without a row when a row goes while its bytes are written.
create function app.queue_orphan_files() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  queued integer;
begin
  insert into private.files_to_remove (bucket_id, path)
  select objects.bucket_id, objects.name from storage.objects
  where objects.bucket_id in ('attachments', 'incoming') and objects.created_at < now() - interval '1 day'
    and not exists (
      select from public.attachments
      where attachments.path = objects.name
        and (objects.bucket_id = 'attachments' or attachments.status in ('pending', 'quarantined'))
    )
  on conflict do nothing;
  get diagnostics queued = row_count;
  perform app.request_file_removal();
  return queued;
end $$;
comment on function app.queue_orphan_files is 'Queues stored bytes that no file has; answers how many.';

do $$
begin
  if exists (select from pg_available_extensions where name = 'pg_cron') then
    perform cron.schedule('chatiq-orphan-files', '41 3 * * *', 'select app.queue_orphan_files()');
  end if;
end $$;

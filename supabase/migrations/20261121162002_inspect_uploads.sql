create or replace function app.attachment_json(attachment public.attachments) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  select jsonb_build_object(
    'id', attachment.id, 'name', attachment.name, 'content_type', attachment.content_type,
    'size_bytes', attachment.size_bytes, 'width', attachment.width, 'height', attachment.height, 'path', attachment.path,
    'status', attachment.status
  )
$$;

create or replace function app.claim_attachments(conversation_id uuid, uploader_id uuid, attachment_ids uuid[]) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  files jsonb;
begin
  if attachment_ids is null or cardinality(attachment_ids) = 0 then
    return '[]';
  end if;
  if cardinality(attachment_ids) > 10 then
    perform app.refuse(422, 'invalid_input', '{"argument": "attachment_ids"}');
  end if;
  -- Locked, so that the end of a quarantine waits for the message and then finds it.
  perform from public.attachments as a where a.id = any (attachment_ids) order by a.id for no key update;
  select jsonb_agg(app.attachment_json(a) order by asked.place) into files
  from unnest(attachment_ids) with ordinality as asked (id, place)
  join public.attachments as a on a.id = asked.id
  where a.conversation_id = claim_attachments.conversation_id and a.uploader_id = claim_attachments.uploader_id
    and a.status in ('ready', 'quarantined') and a.message_id is null;
  if coalesce(jsonb_array_length(files), 0) <> cardinality(attachment_ids) then
    perform app.refuse(422, 'attachment_not_ready');
  end if;
  return files;
end $$;

-- security definer: nobody but functions writes messages. Both sides hear of it by message_updated.
create function app.update_message_file() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- In the order of all writers, the conversation first.
  perform from public.conversations as c where c.id = new.conversation_id for no key update;
  update public.messages as m set attachments = (
    select jsonb_agg(case when file ->> 'id' = new.id::text then app.attachment_json(new) else file end order by place)
    from jsonb_array_elements(m.attachments) with ordinality as listed (file, place)
  )
  where m.id = new.message_id and m.attachments <> '[]';
  return null;
end $$;
create trigger update_message_file after update of status on public.attachments
for each row when (new.message_id is not null and old.status <> new.status) execute function app.update_message_file();

-- security definer: reads settings, which are private.
create function public.upload_policy(attachment_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  policy jsonb;
begin
  select jsonb_build_object(
    'file_kinds', w.file_kinds,
    'scanner_url', (select value from private.settings where key = 'upload_scanner_url'),
    'scanner_token', (select value from private.settings where key = 'upload_scanner_token')
  ) into policy
  from public.attachments as a join public.widget_settings as w on w.site_id = a.site_id
  where a.id = upload_policy.attachment_id;
  return policy;
end $$;
comment on function public.upload_policy is 'For the function upload: what may be sent on the site of this file, and who else looks at it.';

drop function public.finish_upload;
-- security definer: nobody but functions writes attachments.
create function public.finish_upload(
  attachment_id uuid, content_type text, size_bytes integer, width integer default null, height integer default null,
  quarantined boolean default false, name text default null
) returns public.attachments
language plpgsql volatile security definer set search_path = ''
as $$
declare
  stored public.attachments;
begin
  update public.attachments as a set
    content_type = lower(finish_upload.content_type), size_bytes = finish_upload.size_bytes,
    width = finish_upload.width, height = finish_upload.height,
    name = app.clean_file_name(coalesce(finish_upload.name, a.name)),
    status = case when quarantined then 'quarantined' else 'ready' end::public.attachment_status
  where a.id = finish_upload.attachment_id and a.status in ('pending', 'quarantined')
  returning a.* into stored;
  if found and not quarantined then
    insert into private.files_to_remove (bucket_id, path) values ('incoming', stored.path) on conflict do nothing;
    perform app.request_file_removal();
  elsif not found then
    -- Somebody else was quicker: whatever they found counts.
    select * into stored from public.attachments as a where a.id = finish_upload.attachment_id;
  end if;
  return stored;
end $$;
comment on function public.finish_upload is 'For the function upload: what the stored bytes really are, and that they may be sent.';

-- security definer: the same.
create function public.refuse_upload(attachment_id uuid, reason text) returns public.attachments
language plpgsql volatile security definer set search_path = ''
as $$
declare
  stored public.attachments;
begin
  update public.attachments as a set status = 'removed', refusal = reason, width = null, height = null
  where a.id = refuse_upload.attachment_id and a.status in ('pending', 'quarantined')
  returning a.* into stored;
  if found then
    insert into private.files_to_remove (bucket_id, path)
    values ('incoming', stored.path), ('attachments', stored.path) on conflict do nothing;
    perform app.request_file_removal();
  else
    select * into stored from public.attachments as a where a.id = refuse_upload.attachment_id;
  end if;
  return stored;
end $$;
comment on function public.refuse_upload is 'For the function upload: the bytes may not be sent and are taken away; a message that waits for them says so.';
revoke execute on function public.upload_policy, public.finish_upload, public.refuse_upload from public, anon, authenticated;
grant execute on function public.upload_policy, public.finish_upload, public.refuse_upload to service_role;

-- security definer: called by the schedule. A scanner that was away, or took its time, is asked again.
create function app.recheck_quarantined_files() returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  file_id uuid;
begin
  for file_id in
    update public.attachments as a set checked_at = now()
    where a.id in (
      select due.id from public.attachments as due where due.status = 'quarantined'
      order by due.checked_at nulls first limit 20 for update skip locked
    )
    returning a.id
  loop
    perform app.call_function('upload', jsonb_build_object('attachment_id', file_id));
  end loop;
end $$;
comment on function app.recheck_quarantined_files is 'Has up to 20 quarantined files looked at again, those checked longest ago first.';

do $$
begin
  if exists (select from pg_available_extensions where name = 'pg_cron') then
    perform cron.schedule('chatiq-quarantined-files', '* * * * *', 'select app.recheck_quarantined_files()');
  end if;
end $$;

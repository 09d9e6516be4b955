create type public.file_kind as enum ('image', 'audio', 'video', 'pdf', 'document', 'text', 'archive');
alter table public.widget_settings
  add column file_kinds public.file_kind[] not null default '{image,audio,video,pdf,document,text}'
    check (array_position(file_kinds, null) is null);
comment on column public.widget_settings.file_kinds is 'What may be sent on this site, by either side; empty: no files.';
grant update (file_kinds) on public.widget_settings to authenticated;

alter table public.organizations
  add column storage_quota_bytes bigint not null default 1073741824 check (storage_quota_bytes >= 0);
comment on column public.organizations.storage_quota_bytes is
  'How much its files may take together; set by whoever runs the project, in SQL.';

create table private.storage_usage (
  organization_id uuid primary key references public.organizations (id) on delete cascade,
  bytes bigint not null default 0
);
comment on table private.storage_usage is 'Bytes of the files of an organisation, those still under way included.';
alter table private.storage_usage enable row level security;
insert into private.storage_usage (organization_id, bytes)
select organization_id, sum(size_bytes) from public.attachments where status <> 'removed' group by organization_id;

-- security definer, all three: nobody but functions writes here, and the table is private.
create function app.count_added_files() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.storage_usage as usage (organization_id, bytes)
  select organization_id, sum(size_bytes) from added where status <> 'removed' group by organization_id
  on conflict (organization_id) do update set bytes = usage.bytes + excluded.bytes;
  return null;
end $$;
create function app.count_changed_files() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update private.storage_usage as usage set bytes = usage.bytes + change.bytes
  from (
    select both_states.organization_id, sum(both_states.bytes) as bytes from (
      select organization_id, size_bytes as bytes from after_change where status <> 'removed'
      union all
      select organization_id, -size_bytes from before_change where status <> 'removed'
    ) as both_states
    group by both_states.organization_id
  ) as change
  where usage.organization_id = change.organization_id and change.bytes <> 0;
  return null;
end $$;
create function app.count_removed_files() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update private.storage_usage as usage set bytes = usage.bytes - change.bytes
  from (select organization_id, sum(size_bytes) as bytes from gone where status <> 'removed' group by organization_id) as change
  where usage.organization_id = change.organization_id;
  return null;
end $$;

create trigger count_added_files after insert on public.attachments
referencing new table as added for each statement execute function app.count_added_files();
create trigger count_changed_files after update on public.attachments
referencing old table as before_change new table as after_change for each statement execute function app.count_changed_files();
create trigger count_removed_files after delete on public.attachments
referencing old table as gone for each statement execute function app.count_removed_files();

-- security definer: the count is private; whose it is is decided here.
create function public.get_storage_usage(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  answer jsonb;
begin
  select jsonb_build_object('used_bytes', coalesce(usage.bytes, 0), 'quota_bytes', o.storage_quota_bytes) into answer
  from public.organizations as o
  left join private.storage_usage as usage on usage.organization_id = o.id
  where o.id = get_storage_usage.organization_id and o.id in (select app.my_organization_ids());
  return answer;
end $$;
comment on function public.get_storage_usage is 'StorageUsage of an organisation of the caller, null of any other.';
grant execute on function public.get_storage_usage to authenticated;

-- Names come from strangers: no folders, no control characters, nothing that turns or hides letters (a bidirectional
-- override shows `exe.png` as `gnp.exe`), nothing that Windows reads in its own way. The ending survives the cut.
create function app.clean_file_name(name text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  cleaned text := regexp_replace(name, '^.*[/\\]', '');
  ending text;
begin
  cleaned := regexp_replace(
    cleaned, E'[\u0001-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]', '', 'g'
  );
  cleaned := regexp_replace(cleaned, '[<>:"|?*]', '_', 'g');
  cleaned := btrim(regexp_replace(cleaned, '\s+', ' ', 'g'), ' .');
  if cleaned ~* '^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)' then
    cleaned := '_' || cleaned;
  end if;
  if char_length(cleaned) > 120 then
    ending := coalesce(substring(cleaned from '\.[^.]{1,10}$'), '');
    cleaned := left(cleaned, 120 - char_length(ending)) || ending;
  end if;
  return coalesce(nullif(cleaned, ''), 'file');
end $$;
comment on function app.clean_file_name is 'A file name as it is stored and shown: at most 120 characters, safe to save under anywhere.';

create or replace function public.prepare_upload(
  attachment_id uuid, conversation_id uuid, name text, content_type text, size_bytes integer
) returns public.attachments
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  visitor uuid := app.visitor_claim('visitor_id');
  uploader uuid := coalesce(visitor, (select auth.uid()));
  stored public.attachments;
begin
  if uploader is null then
    perform app.refuse(401, 'session_required');
  end if;
  if visitor is not null then
    perform app.refuse_blocked();
  end if;
  select * into conversation from public.conversations as c
  where c.id = prepare_upload.conversation_id
    and case when visitor is null
      then c.site_id = any (array(select app.my_site_ids()))
      else c.id = any (array(select app.my_visitor_conversation_ids())) end;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  if attachment_id is null or coalesce(btrim(name), '') = '' or content_type is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  if size_bytes is null or size_bytes not between 1 and 10485760 then
    perform app.refuse(413, 'file_too_large', '{"max_bytes": 10485760}');
  end if;
  select * into stored from public.attachments where id = attachment_id;
  if found then
    if (stored.conversation_id, stored.uploader_id) is distinct from (conversation.id, uploader) then
      perform app.refuse(409, 'id_conflict');
    end if;
    return stored;
  end if;
  if exists (select from public.widget_settings as w where w.site_id = conversation.site_id and w.file_kinds = '{}') then
    perform app.refuse(415, 'file_type_refused');
  end if;
  if visitor is not null then
    perform app.take_visitor_tokens('upload');
  end if;
  insert into public.attachments (
    id, organization_id, site_id, conversation_id, uploader_kind, uploader_id, name, content_type, size_bytes
  )
  values (
    attachment_id, conversation.organization_id, conversation.site_id, conversation.id,
    case when visitor is null then 'operator' else 'visitor' end::public.author_kind, uploader,
    app.clean_file_name(prepare_upload.name), lower(prepare_upload.content_type), prepare_upload.size_bytes
  )
  returning * into stored;
  -- After the count: its row is locked until the end, so two uploads at once cannot both take the last place.
  if exists (
    select from private.storage_usage as usage
    join public.organizations as o on o.id = usage.organization_id
    where usage.organization_id = stored.organization_id and usage.bytes > o.storage_quota_bytes
  ) then
    perform app.refuse(413, 'quota_exceeded');
  end if;
  return stored;
exception
  when unique_violation then
    perform app.refuse(409, 'id_conflict');
  when check_violation then
    perform app.refuse(422, 'invalid_input', '{"argument": "content_type"}');
end $$;
comment on function public.prepare_upload is
  'Registers a file before its bytes, once per attachment_id; returns its row with the path to store them under in the bucket incoming.';

-- security definer: nobody but functions writes attachments.
create function public.discard_upload(attachment_id uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from public.attachments as a
  where a.id = discard_upload.attachment_id and a.message_id is null
    and a.uploader_id = coalesce(app.visitor_claim('visitor_id'), app.my_user_id());
  return found;
end $$;
comment on function public.discard_upload is 'Takes back a file of the caller''s own that was not sent yet; false when there is none.';
grant execute on function public.discard_upload to anon, authenticated;

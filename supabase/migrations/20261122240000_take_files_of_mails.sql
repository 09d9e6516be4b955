-- Files that come by e-mail become files of the conversation, through the same checks as those of the apps: the function
-- inbound-mail registers them here, stores their bytes in `incoming` and has them looked at.
-- security definer, all below: addresses of answers and the list of mails are private, and nobody but functions writes files.
create function app.add_file(
  conversation public.conversations, uploader_kind public.author_kind, uploader_id uuid,
  attachment_id uuid, name text, content_type text, size_bytes integer
) returns public.attachments
language plpgsql volatile security definer set search_path = ''
as $$
declare
  stored public.attachments;
begin
  if size_bytes is null or size_bytes not between 1 and 10485760 then
    perform app.refuse(413, 'file_too_large', '{"max_bytes": 10485760}');
  end if;
  if exists (select from public.widget_settings as w where w.site_id = conversation.site_id and w.file_kinds = '{}') then
    perform app.refuse(415, 'file_type_refused');
  end if;
  insert into public.attachments (
    id, organization_id, site_id, conversation_id, uploader_kind, uploader_id, name, content_type, size_bytes
  )
  values (
    attachment_id, conversation.organization_id, conversation.site_id, conversation.id, add_file.uploader_kind, add_file.uploader_id,
    app.clean_file_name(add_file.name), lower(add_file.content_type), add_file.size_bytes
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
end $$;
comment on function app.add_file is
  'Registers a file of a conversation before its bytes, if the site takes files and the organisation has room; who may send is decided by whoever calls.';

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
  select * into stored from public.attachments where id = attachment_id;
  if found then
    if (stored.conversation_id, stored.uploader_id) is distinct from (conversation.id, uploader) then
      perform app.refuse(409, 'id_conflict');
    end if;
    return stored;
  end if;
  if visitor is not null then
    perform app.take_visitor_tokens('upload');
  end if;
  return app.add_file(
    conversation, case when visitor is null then 'operator' else 'visitor' end::public.author_kind, uploader,
    attachment_id, name, content_type, size_bytes
  );
exception
  when unique_violation then
    perform app.refuse(409, 'id_conflict');
  when check_violation then
    perform app.refuse(422, 'invalid_input', '{"argument": "content_type"}');
end $$;

create function public.prepare_reply_file(
  token text, message_id text, place integer, name text, content_type text, size_bytes integer
) returns public.attachments
language plpgsql volatile security definer set search_path = ''
as $$
declare
  file constant uuid := app.mail_part_id(app.mail_key(prepare_reply_file.token, prepare_reply_file.message_id), 'file ' || place);
  address private.reply_addresses;
  conversation public.conversations;
  stored public.attachments;
begin
  if file is null or coalesce(btrim(name), '') = '' or content_type is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  select * into address from private.reply_addresses as a
  where a.token_hash = app.hash_secret(lower(prepare_reply_file.token)) and a.expires_at > now();
  select * into conversation from public.conversations as c where c.id = address.conversation_id;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  -- Two deliveries of one mail take turns.
  perform pg_advisory_xact_lock(hashtextextended('file:' || file, 0));
  select * into stored from public.attachments as a where a.id = file;
  if found then
    return stored;
  end if;
  return app.add_file(
    conversation, case when address.user_id is null then 'visitor' else 'operator' end::public.author_kind,
    coalesce(address.user_id, conversation.visitor_id), file, name, content_type, size_bytes
  );
end $$;
comment on function public.prepare_reply_file is
  'For the function inbound-mail: registers a file of a mail before its bytes, once per place in the mail, as of whoever answers.';

revoke execute on function public.prepare_reply_file from public, anon, authenticated;
grant execute on function public.prepare_reply_file to service_role;

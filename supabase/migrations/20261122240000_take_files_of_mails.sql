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

create function app.mail_key(token text, message_id text) returns bytea
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return extensions.digest(app.hash_secret(lower(mail_key.token)) || convert_to(mail_key.message_id, 'utf8'), 'sha256');
end $$;
comment on function app.mail_key is 'Names a mail to an address: what it leaves behind has ids that follow from it.';

create function app.mail_part_id(mail_key bytea, part text) returns uuid
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return left(encode(extensions.digest(mail_part_id.mail_key || convert_to(mail_part_id.part, 'utf8'), 'sha256'), 'hex'), 32)::uuid;
end $$;
comment on function app.mail_part_id is 'The id of a message or file that a mail becomes, the same however often the mail comes.';

create function app.too_many_replies(token_hash bytea) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return 20 <= (
    select count(*) from private.inbound_mails as m
    where m.token_hash = too_many_replies.token_hash and m.received_at > now() - interval '1 hour'
  );
end $$;
comment on function app.too_many_replies is
  'Two machines that answer each other are stopped here, whatever their headers say.';

drop function public.reply_recipient;
create function public.reply_recipient(token text, message_id text, sender text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  hash constant bytea := app.hash_secret(lower(reply_recipient.token));
  address private.reply_addresses;
  answer jsonb;
begin
  select * into address from private.reply_addresses as a where a.token_hash = hash;
  select jsonb_build_object(
    'kind', case when address.user_id is null then 'visitor' else 'operator' end,
    'language', app.mail_language(coalesce(p.language, v.language)),
    'outcome', case
      when exists (
        select from private.inbound_mails as m where m.mail_key = app.mail_key(reply_recipient.token, reply_recipient.message_id)
      ) then 'repeated'
      when app.too_many_replies(hash) then 'too_many'
      else app.reply_refusal(address, reply_recipient.sender)::text end
  ) into answer
  from public.conversations as c
  join public.visitors as v on v.id = c.visitor_id
  left join public.profiles as p on p.id = address.user_id
  where c.id = address.conversation_id;
  return answer;
end $$;
comment on function public.reply_recipient is
  'For the function inbound-mail: ReplyRecipient behind the token of an address, and what will become of this mail whatever it says, so that its files need not be taken; null for an address that is none.';

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

drop function public.receive_reply;
drop function app.store_reply;
create function app.store_reply(
  address private.reply_addresses, mail_key bytea, parts text[], late_parts text[], attachment_ids uuid[]
) returns app.mail_outcome
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  author uuid;
  called text;
  late boolean;
  files jsonb := '[]';
begin
  -- Under the lock that sends take: whoever answers meanwhile is seen.
  select * into conversation from public.conversations as c where c.id = address.conversation_id for no key update;
  author := coalesce(address.user_id, conversation.visitor_id);
  late := address.user_id is not null and exists (
    select from public.messages as m
    where m.conversation_id = conversation.id and m.seq > address.seen_seq and m.visibility = 'public'
      and m.author_kind = 'operator' and m.author_id is distinct from address.user_id
  );
  called := case when address.user_id is null
    then (select v.name from public.visitors as v where v.id = conversation.visitor_id)
    else (select p.display_name from public.profiles as p where p.id = address.user_id) end;
  if cardinality(attachment_ids) > 0 then
    -- A visitor may have become another one since the files were taken, when duplicates were merged.
    update public.attachments as a set uploader_id = author
    where a.id = any (attachment_ids) and a.conversation_id = conversation.id and a.message_id is null and a.uploader_id <> author;
    files := app.claim_attachments(conversation.id, author, attachment_ids);
  end if;
  insert into public.messages (id, conversation_id, author_kind, author_id, author_name, visibility, body, attachments)
  select
    app.mail_part_id(store_reply.mail_key, 'part ' || part.place), conversation.id,
    (case when address.user_id is null then 'visitor' else 'operator' end)::public.author_kind, author, called,
    (case when late then 'team' else 'public' end)::public.message_visibility,
    app.clean_body(part.body, part.place = 1 and files <> '[]'), case part.place when 1 then files else '[]' end
  from unnest(case when late then late_parts else parts end) with ordinality as part (body, place)
  order by part.place;
  return case when late then 'noted' else 'stored' end;
end $$;
comment on function app.store_reply is
  'Writes an answer that came by e-mail, its files with its first words. What a colleague was faster with becomes a note for the team (late_parts): nothing is posted over anybody, and nothing is lost.';

create function public.receive_reply(
  token text, message_id text, sender text, parts text[], late_parts text[], refusal text default null,
  attachment_ids uuid[] default '{}'
) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  hash constant bytea := app.hash_secret(lower(receive_reply.token));
  key constant bytea := app.mail_key(receive_reply.token, receive_reply.message_id);
  address private.reply_addresses;
  outcome app.mail_outcome;
begin
  if receive_reply.token is null or receive_reply.message_id is null or cardinality(parts) > 5
    or cardinality(late_parts) > 5 or refusal not in ('automatic', 'empty')
  then
    perform app.refuse(422, 'invalid_input');
  end if;
  -- Two deliveries of one mail take turns, and so do mails to one address, which are counted below.
  perform pg_advisory_xact_lock(hashtextextended('reply:' || encode(hash, 'hex'), 0));
  if exists (select from private.inbound_mails as m where m.mail_key = key) then
    return 'repeated';
  end if;
  select * into address from private.reply_addresses as a where a.token_hash = hash;
  outcome := app.reply_refusal(address, receive_reply.sender);
  if outcome is null and refusal is not null then
    outcome := refusal::app.mail_outcome;
  elsif outcome is null and app.too_many_replies(hash) then
    outcome := 'too_many';
  elsif outcome is null and cardinality(parts) = 0 then
    outcome := 'empty';
  end if;
  outcome := coalesce(outcome, app.store_reply(address, key, parts, late_parts, attachment_ids));
  insert into private.inbound_mails (mail_key, organization_id, token_hash, outcome)
  values (key, address.organization_id, hash, outcome);
  if outcome in ('wrong_sender', 'expired', 'empty') and refusal is distinct from 'automatic' then
    -- Somebody believes to have answered. Told once a day, and only to whom the conversation was mailed.
    perform app.enqueue_job(
      'reply_refused',
      jsonb_build_object('conversation_id', address.conversation_id, 'user_id', address.user_id, 'reason', outcome),
      address.organization_id, 'reply_refused:' || encode(hash, 'hex') || ':' || current_date, priority => 4
    );
  end if;
  return outcome;
end $$;
comment on function public.receive_reply is
  'For the function inbound-mail: stores a mail that answers to a conversation, with the files that were taken, once, with the rights that its recipient has now. Answers an outcome, or `repeated`.';

revoke execute on function public.reply_recipient, public.prepare_reply_file, public.receive_reply from public, anon, authenticated;
grant execute on function public.reply_recipient, public.prepare_reply_file, public.receive_reply to service_role;

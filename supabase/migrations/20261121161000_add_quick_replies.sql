alter table public.messages
  add column quick_replies jsonb not null default '[]',
  add constraint messages_quick_replies_check check (
    quick_replies = '[]'
    or jsonb_typeof(quick_replies) = 'array' and jsonb_array_length(quick_replies) <= 10
      and author_kind in ('operator', 'bot') and visibility = 'public' and redacted_at is null
  );
comment on column public.messages.quick_replies is
  'QuickReply[] of packages/contracts: buttons under the message, each sends its text as an ordinary message of the visitor.';

create function app.clean_quick_replies(replies jsonb) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  reply jsonb;
  label text;
  cleaned jsonb := '[]';
begin
  if replies = '[]' then
    return replies;
  end if;
  if jsonb_typeof(coalesce(replies, '[]')) <> 'array' or jsonb_array_length(coalesce(replies, '[]')) > 10 then
    perform app.refuse(422, 'invalid_input', '{"argument": "quick_replies"}');
  end if;
  for reply in select jsonb_array_elements(coalesce(replies, '[]')) loop
    if jsonb_typeof(reply) <> 'object' or reply - '{text,value}'::text[] <> '{}'
      or jsonb_typeof(reply -> 'text') is distinct from 'string'
      or jsonb_typeof(coalesce(reply -> 'value', '""')) <> 'string'
    then
      perform app.refuse(422, 'invalid_input', '{"argument": "quick_replies"}');
    end if;
    label := btrim(reply ->> 'text', E' \t\n\r\f\u000b\u00a0\u2028\u2029\ufeff');
    if char_length(label) not between 1 and 80 or char_length(coalesce(reply ->> 'value', '')) > 200
      or cleaned @> jsonb_build_array(jsonb_build_object('text', label))
    then
      perform app.refuse(422, 'invalid_input', '{"argument": "quick_replies"}');
    end if;
    cleaned := cleaned || jsonb_build_array(reply || jsonb_build_object('text', label));
  end loop;
  return cleaned;
end $$;
comment on function app.clean_quick_replies is
  'Quick replies as they are stored: at most 10, each text once, 1 to 80 characters without outer white space, a value of at most 200; or refuses.';

drop function public.send_operator_message;
-- security definer: operators have no right to write tables; the rules of the send are here.
create function public.send_operator_message(
  message_id uuid, conversation_id uuid, body text, seen_seq integer,
  visibility public.message_visibility default 'public',
  attachment_ids uuid[] default '{}', reply_to_seq integer default null, quick_replies jsonb default '[]'
) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  stored public.messages;
  cleaned text := app.clean_body(body, cardinality(attachment_ids) > 0);
  replies jsonb := app.clean_quick_replies(quick_replies);
  author uuid := (select auth.uid());
begin
  if message_id is null or seen_seq is null or visibility is null or (visibility = 'team' and replies <> '[]') then
    perform app.refuse(422, 'invalid_input');
  end if;
  conversation := app.lock_my_conversation(conversation_id);
  if exists (select from public.messages as m where m.id = send_operator_message.message_id) then
    return app.stored_message(message_id, conversation_id, author);
  end if;
  -- One's own messages do not make a reply stale: they may stand in the same outbox.
  if conversation.last_seq > seen_seq and exists (
    select from public.messages as m
    where m.conversation_id = conversation.id and m.seq > send_operator_message.seen_seq
      and m.author_id is distinct from author and m.author_kind <> 'system'
  ) then
    perform app.refuse(409, 'stale_reply', jsonb_build_object('last_seq', conversation.last_seq));
  end if;
  insert into public.messages (
    id, conversation_id, author_kind, author_id, author_name, visibility, body, attachments, reply_to_seq, quick_replies
  )
  select message_id, conversation.id, 'operator', author, profiles.display_name, send_operator_message.visibility, cleaned,
    case when cardinality(attachment_ids) > 0 then app.claim_attachments(conversation.id, author, attachment_ids) else '[]' end,
    send_operator_message.reply_to_seq, replies
  from public.profiles where profiles.id = author
  -- An id that another conversation took meanwhile: as in send_visitor_message.
  on conflict on constraint messages_pkey do nothing
  returning * into stored;
  if not found then
    perform app.refuse(409, 'id_conflict');
  end if;
  return stored;
end $$;
comment on function public.send_operator_message is
  'Stores an operator''s message once per message_id; refuses with stale_reply when somebody else wrote after seen_seq.';
grant execute on function public.send_operator_message to authenticated;

create or replace function public.redact_message(message_id uuid) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  message public.messages := app.lock_my_message(message_id);
begin
  if message.redacted_at is not null then
    return message;
  end if;
  if app.visitor_claim('visitor_id') is not null then
    if not app.wrote_it(message) then
      perform app.refuse(403, 'forbidden');
    elsif message.created_at < now() - interval '15 minutes' then
      perform app.refuse(409, 'edit_window_closed', '{"minutes": 15}');
    end if;
  elsif not app.wrote_it(message) and message.site_id <> all (array(select app.my_site_ids('admin'))) then
    perform app.refuse(403, 'forbidden');
  end if;
  delete from public.message_reactions as r where r.message_id = message.id;
  delete from public.attachments as a where a.message_id = message.id;
  update public.messages as m set body = '', attachments = '[]', reactions = '{}', quick_replies = '[]', redacted_at = now()
  where m.id = message.id returning m.* into message;
  perform app.forget_broadcasts(message.site_id, array[message.conversation_id], message.created_at, message.id);
  return message;
end $$;

-- security definer: reads the session, which is private.
create function app.take_visitor_tokens(kind public.limit_kind) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.take_tokens(
    kind, app.visitor_claim('site_id'), app.visitor_claim('organization_id'), app.visitor_claim('visitor_id'),
    (select s.address from private.visitor_sessions as s where s.id = app.visitor_claim('session_id'))
  );
end $$;
comment on function app.take_visitor_tokens is 'Takes the tokens of the visitor who calls: its own, its address''s and its organisation''s.';

drop function app.clean_body;
create function app.clean_body(body text, optional boolean default false) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  cleaned text := btrim(coalesce(body, ''), E' \t\n\r\f\u000b\u00a0\u2028\u2029\ufeff');
begin
  if cleaned = '' and not optional then
    perform app.refuse(422, 'message_empty');
  end if;
  if char_length(cleaned) > 4000 then
    perform app.refuse(422, 'message_too_long', '{"max_length": 4000}');
  end if;
  return cleaned;
end $$;
comment on function app.clean_body is 'The body as it is stored: outer white space cut, 1 to 4,000 characters; none where optional.';

drop function public.start_conversation;
drop function public.send_visitor_message;
-- security definer: visitors have no right to write tables; the rules of the send are here.
create function public.send_visitor_message(
  message_id uuid, conversation_id uuid, body text default '',
  attachment_ids uuid[] default '{}', reply_to_seq integer default null
) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  visitor public.visitors;
  stored public.messages;
  cleaned text := app.clean_body(body, cardinality(attachment_ids) > 0);
begin
  if message_id is null or conversation_id is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  if app.visitor_claim('visitor_id') is null then
    perform app.refuse(401, 'session_required');
  end if;
  perform app.refuse_blocked();
  -- The lock comes before the look for an earlier try: two tries at once cannot both miss each other.
  perform from public.conversations as c
  where c.id = send_visitor_message.conversation_id
    and c.visitor_id = app.visitor_claim('visitor_id') and c.site_id = app.visitor_claim('site_id')
  for no key update;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  stored := app.stored_message(message_id, conversation_id, app.visitor_claim('visitor_id'));
  if stored.id is not null then
    return stored;
  end if;
  perform app.take_visitor_tokens('message');
  select * into visitor from public.visitors where id = app.visitor_claim('visitor_id');
  insert into public.messages (id, conversation_id, author_kind, author_id, author_name, body, attachments, reply_to_seq)
  values (
    message_id, send_visitor_message.conversation_id, 'visitor', visitor.id, visitor.name, cleaned,
    app.claim_attachments(conversation_id, visitor.id, attachment_ids), send_visitor_message.reply_to_seq
  )
  returning * into stored;
  return stored;
exception when unique_violation then
  perform app.refuse(409, 'id_conflict');
end $$;
comment on function public.send_visitor_message is
  'Stores a visitor''s message once per message_id and returns the row; a repeat returns the stored row.';

-- security definer: the same as send_visitor_message, and it makes the visitor and the conversation.
create function public.start_conversation(
  conversation_id uuid, message_id uuid, body text, visitor jsonb default '{}', join_known boolean default false
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  author public.visitors;
  conversation public.conversations;
  message public.messages;
begin
  perform app.clean_body(body);
  perform app.check_visitor_details(coalesce(visitor, '{}'));
  if conversation_id is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  if app.visitor_claim('visitor_id') is null then
    perform app.refuse(401, 'session_required');
  end if;
  perform app.refuse_blocked();
  -- Locks the visitor: two pages cannot both find nothing.
  author := app.upsert_visitor(coalesce(visitor, '{}'));
  select * into conversation from public.conversations as c where c.id = start_conversation.conversation_id;
  if conversation.id is null and coalesce(join_known, false) then
    select * into conversation from public.conversations as c
    where c.visitor_id = author.id and c.site_id = author.site_id
    order by c.last_message_at desc, c.id desc limit 1;
  end if;
  if conversation.id is null then
    insert into public.conversations as c (id, organization_id, site_id, visitor_id)
    values (start_conversation.conversation_id, author.organization_id, author.site_id, author.id)
    on conflict (id) do nothing
    returning c.* into conversation;
    if found then
      perform app.take_visitor_tokens('conversation');
    end if;
  end if;
  if conversation.visitor_id is distinct from author.id then
    perform app.refuse(409, 'id_conflict');
  end if;
  message := public.send_visitor_message(message_id, conversation.id, body);
  select * into conversation from public.conversations as c where c.id = message.conversation_id;
  return jsonb_build_object('conversation', app.visitor_conversation(conversation), 'message', to_jsonb(message));
end $$;
comment on function public.start_conversation is
  'Makes the visitor on the first call, the conversation and its first message, once per id; returns StartedConversation. With `join_known` a text goes into the visitor''s conversation of the last word, if there is one, whatever the id says.';

drop function public.send_operator_message;
-- security definer: operators have no right to write tables; the rules of the send are here.
create function public.send_operator_message(
  message_id uuid, conversation_id uuid, body text, seen_seq integer,
  visibility public.message_visibility default 'public',
  attachment_ids uuid[] default '{}', reply_to_seq integer default null
) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  stored public.messages;
  cleaned text := app.clean_body(body, cardinality(attachment_ids) > 0);
  author uuid := (select auth.uid());
begin
  if message_id is null or seen_seq is null or visibility is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  conversation := app.lock_my_conversation(conversation_id);
  stored := app.stored_message(message_id, conversation_id, author);
  if stored.id is not null then
    return stored;
  end if;
  -- One's own messages do not make a reply stale: they may stand in the same outbox.
  if exists (
    select from public.messages as m
    where m.conversation_id = conversation.id and m.seq > send_operator_message.seen_seq
      and m.author_id is distinct from author and m.author_kind <> 'system'
  ) then
    perform app.refuse(409, 'stale_reply', jsonb_build_object('last_seq', conversation.last_seq));
  end if;
  insert into public.messages (
    id, conversation_id, author_kind, author_id, author_name, visibility, body, attachments, reply_to_seq
  )
  select message_id, conversation.id, 'operator', author, profiles.display_name, send_operator_message.visibility, cleaned,
    app.claim_attachments(conversation.id, author, attachment_ids), send_operator_message.reply_to_seq
  from public.profiles where profiles.id = author
  returning * into stored;
  return stored;
exception when unique_violation then
  perform app.refuse(409, 'id_conflict');
end $$;
comment on function public.send_operator_message is
  'Stores an operator''s message once per message_id; refuses with stale_reply when somebody else wrote after seen_seq.';

grant execute on function public.send_visitor_message, public.start_conversation to anon;
grant execute on function public.send_operator_message to authenticated;

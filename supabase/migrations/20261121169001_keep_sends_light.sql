-- An earlier try is looked for by its key alone, and no send has a handler of exceptions: each would cost a transaction of
-- its own inside.
-- security definer: visitors have no right to write tables; the rules of the send are here.
create or replace function public.send_visitor_message(
  message_id uuid, conversation_id uuid, body text default '',
  attachment_ids uuid[] default '{}', reply_to_seq integer default null
) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  claims constant jsonb := app.visitor_claims();
  visitor constant uuid := claims ->> 'visitor_id';
  site constant uuid := claims ->> 'site_id';
  called text;
  stored public.messages;
  cleaned constant text := app.clean_body(body, cardinality(attachment_ids) > 0);
begin
  if message_id is null or conversation_id is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  if visitor is null then
    perform app.refuse(401, 'session_required');
  end if;
  if app.visitor_blocked(visitor, site) then
    perform app.refuse(403, 'visitor_blocked');
  end if;
  -- The lock comes before the look for an earlier try: two tries at once cannot both miss each other.
  select v.name into called
  from public.conversations as c join public.visitors as v on v.id = c.visitor_id
  where c.id = send_visitor_message.conversation_id and c.visitor_id = visitor and c.site_id = site
  for no key update of c;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  if exists (select from public.messages as m where m.id = send_visitor_message.message_id) then
    return app.stored_message(message_id, conversation_id, visitor);
  end if;
  perform app.take_tokens(
    'message', site, (claims ->> 'organization_id')::uuid, visitor,
    (select s.address from private.visitor_sessions as s where s.id = (claims ->> 'session_id')::uuid)
  );
  -- An id that another conversation took meanwhile: handled here, because a handler of exceptions would cost every send
  -- a transaction of its own.
  insert into public.messages (id, conversation_id, author_kind, author_id, author_name, body, attachments, reply_to_seq)
  values (
    message_id, send_visitor_message.conversation_id, 'visitor', visitor, called, cleaned,
    case when cardinality(attachment_ids) > 0 then app.claim_attachments(conversation_id, visitor, attachment_ids) else '[]' end,
    send_visitor_message.reply_to_seq
  )
  on conflict on constraint messages_pkey do nothing
  returning * into stored;
  if not found then
    perform app.refuse(409, 'id_conflict');
  end if;
  return stored;
end $$;

-- security definer: operators have no right to write tables; the rules of the send are here.
create or replace function public.send_operator_message(
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

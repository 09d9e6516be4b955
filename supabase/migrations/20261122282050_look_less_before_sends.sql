-- What a send needs to know (whose conversation, who writes, whether it is a repeat, whether anybody is blocked) comes with
-- the lock: it was three statements, one of which made the whole conversation for three of its columns.

create or replace function app.lock_my_conversation(conversation_id uuid) returns public.conversations
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
  conversation public.conversations;
begin
  select * into conversation from public.conversations as c
  where c.id = lock_my_conversation.conversation_id and exists (
    -- As app.my_sites_in.
    select from private.site_access as mine where mine.user_id = me and mine.site_id = c.site_id
  )
  for no key update of c;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  return conversation;
end $$;

-- security definer: nobody writes messages but functions; the caller's sites are asked for here, as app.lock_my_conversation.
create or replace function public.send_operator_message(
  message_id uuid,
  conversation_id uuid,
  body text,
  seen_seq integer,
  visibility public.message_visibility default 'public',
  attachment_ids uuid[] default '{}',
  reply_to_seq integer default null,
  quick_replies jsonb default '[]',
  mention_ids uuid[] default '{}'
) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  author constant uuid := app.my_user_id();
  organization uuid;
  site uuid;
  newest integer;
  called text;
  repeats boolean;
  stored public.messages;
  cleaned constant text := app.clean_body(body, cardinality(attachment_ids) > 0);
  replies constant jsonb := case when quick_replies = '[]' then quick_replies else app.clean_quick_replies(quick_replies) end;
  named constant uuid[] := coalesce(mention_ids, '{}');
begin
  if message_id is null or seen_seq is null or visibility is null or (visibility = 'team' and replies <> '[]')
    or (visibility = 'public' and named <> '{}') or cardinality(named) > 50
  then
    perform app.refuse(422, 'invalid_input');
  end if;
  select c.organization_id, c.site_id, c.last_seq, p.display_name,
    -- Two tries at once cannot both miss each other: whoever had to wait for the lock sees a change that its own snapshot
    -- does not know, and looks again.
    exists (select from public.messages as m where m.id = send_operator_message.message_id)
      or not pg_visible_in_snapshot(c.changed_xid, pg_current_snapshot())
  into organization, site, newest, called, repeats
  from public.conversations as c
  join private.site_access as mine on mine.user_id = author and mine.site_id = c.site_id
  join public.profiles as p on p.id = author
  where c.id = send_operator_message.conversation_id
  for no key update of c;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  if repeats then
    if exists (select from public.messages as m where m.id = send_operator_message.message_id) then
      return app.stored_message(message_id, conversation_id, author);
    end if;
  end if;
  -- A note answers nobody. One's own messages do not make a reply stale: they may stand in the same outbox.
  if visibility = 'public' and newest > seen_seq then
    if exists (
      select from public.messages as m
      where m.conversation_id = send_operator_message.conversation_id and m.seq > send_operator_message.seen_seq
        and m.author_id is distinct from author and m.author_kind <> 'system'
    ) then
      perform app.refuse(409, 'stale_reply', jsonb_build_object('last_seq', newest));
    end if;
  end if;
  -- An id that another conversation took meanwhile: as in send_visitor_message.
  insert into public.messages (
    id, conversation_id, author_kind, author_id, author_name, visibility, body, attachments, reply_to_seq, quick_replies
  )
  values (
    message_id, send_operator_message.conversation_id, 'operator', author, called, send_operator_message.visibility, cleaned,
    case when cardinality(attachment_ids) > 0 then app.claim_attachments(conversation_id, author, attachment_ids) else '[]' end,
    send_operator_message.reply_to_seq, replies
  )
  on conflict on constraint messages_pkey do nothing
  returning * into stored;
  if not found then
    perform app.refuse(409, 'id_conflict');
  end if;
  if named <> '{}' then
    -- Whoever may not see the conversation is left out: they may have gone while the note was under way.
    insert into public.message_mentions (message_id, user_id, organization_id, site_id)
    select stored.id, theirs.user_id, organization, site
    from private.site_access as theirs
    where theirs.site_id = site and theirs.user_id = any (named) and theirs.user_id <> author;
  end if;
  return stored;
end $$;

create or replace function public.send_visitor_message(
  message_id uuid,
  conversation_id uuid,
  body text default '',
  attachment_ids uuid[] default '{}',
  reply_to_seq integer default null
) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  claims constant jsonb := app.visitor_claims();
  visitor constant uuid := claims ->> 'visitor_id';
  site constant uuid := claims ->> 'site_id';
  called text;
  address inet;
  blocks boolean;
  repeats boolean;
  stored public.messages;
  cleaned constant text := app.clean_body(body, cardinality(attachment_ids) > 0);
begin
  if message_id is null or conversation_id is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  if visitor is null then
    perform app.refuse(401, 'session_required');
  end if;
  select v.name, s.address, exists (select from public.blocklist as b where b.site_id = site),
    -- Two tries at once cannot both miss each other: whoever had to wait for the lock sees a change that its own snapshot
    -- does not know, and looks again.
    exists (select from public.messages as m where m.id = send_visitor_message.message_id)
      or not pg_visible_in_snapshot(c.changed_xid, pg_current_snapshot())
  into called, address, blocks, repeats
  from public.conversations as c join public.visitors as v on v.id = c.visitor_id
  left join private.visitor_sessions as s on s.id = (claims ->> 'session_id')::uuid
  where c.id = send_visitor_message.conversation_id and c.visitor_id = visitor and c.site_id = site
  for no key update of c;
  if blocks is distinct from false and app.visitor_blocked(visitor, site) then
    perform app.refuse(403, 'visitor_blocked');
  end if;
  if blocks is null then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  if repeats then
    if exists (select from public.messages as m where m.id = send_visitor_message.message_id) then
      return app.stored_message(message_id, conversation_id, visitor);
    end if;
  end if;
  perform app.take_tokens('message', site, (claims ->> 'organization_id')::uuid, visitor, address);
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
